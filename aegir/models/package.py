"""The registry: every package of every platform and site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models import Model, Q

from aegir.errors import Refused
from aegir.models import names
from aegir.models.platform import Platform
from aegir.models.site import Site
from aegir.models.versions import sortable

if TYPE_CHECKING:
    VersionField = models.CharField[str, str]
else:
    VersionField = models.CharField

KNOWN = """
    WITH RECURSIVE known (id, name, title) AS (
        SELECT id, name, title FROM (
            SELECT id, name, title FROM {table} ORDER BY name, title LIMIT 1
        ) AS least
        UNION ALL
        SELECT next.id, next.name, next.title FROM known JOIN {table} AS next ON next.id = COALESCE(
            (SELECT id FROM {table} WHERE name = known.name AND title > known.title ORDER BY title LIMIT 1),
            (SELECT id FROM {table} WHERE name > known.name ORDER BY name, title LIMIT 1)
        )
    )
    SELECT name, title FROM known
"""
"""Every name with every title once, from one to the next along the index: few, where rows are a million."""
MANY = 200


def called(words: str) -> Q:
    """Whether name or title have these words in them: asked of each pair of them once, not of every row."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN.format(table=Package._meta.db_table))
        known: list[tuple[str, str]] = cursor.fetchall()
    wanted = words.casefold()
    by_name = {name for name, _ in known if wanted in name.casefold()}
    by_title = [each for each in known if each[0] not in by_name and wanted in each[1].casefold()]
    if len(by_name) + len(by_title) > MANY:  # more than a condition should name
        return Q(name__icontains=words) | Q(title__icontains=words)
    found = Q(name__in=by_name)
    for name, title in by_title:
        found |= Q(name=name, title=title)
    return found


def versioned(*, older_than: str | None = None, at_least: str | None = None, exactly: str | None = None) -> Q:
    """Whether the version is so, in Drupal's order. What has none fits none of them: see ``UNKNOWN``."""
    found = Q()
    if older_than is not None:
        found &= Q(version_order__gt="", version_order__lt=_key(older_than, "older_than"))
    if at_least is not None:
        found &= Q(version_order__gte=_key(at_least, "at_least"))
    if exactly is not None:
        found &= Q(version_order=_key(exactly, "version"))
    return found


UNKNOWN = Q(version_order="")
"""What says no version of itself, or none that could be compared: code from a repository, often."""


def _key(version: str, field: str) -> str:
    key = sortable(version)
    if not key:
        raise Refused(
            f"«{names.shown(version)}» is no version: write it as Drupal does, such as 7.x-3.20 or 10.2.3.",
            field=field,
        )
    return key


class Ordered(VersionField):
    """What the row's version is sorted and compared by; written with every row, whichever way it is made."""

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """A migration needs nothing but the column."""
        name, _, positional, named = super().deconstruct()
        return name, "django.db.models.CharField", positional, named

    def pre_save(self, row: Model, add: bool) -> str:
        key = sortable(str(row.version))  # type: ignore[attr-defined]
        setattr(row, self.attname, key)
        return key


class Package(models.Model):
    """A module, theme, profile, theme engine or core, as a platform has it or as a site has it."""

    platform = models.ForeignKey(Platform, null=True, on_delete=models.CASCADE, related_name="packages")
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="packages")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=255, blank=True)
    version = models.CharField(max_length=60, blank=True)
    version_order = Ordered(max_length=200, blank=True, editable=False)
    """The version as digits that sort; "" for what is no version."""
    schema = models.IntegerField(null=True)
    """Highest update in code."""
    schema_installed = models.IntegerField(null=True)
    removed_before = models.IntegerField(null=True)
    enabled = models.BooleanField(null=True)
    """Only sites know; None for a platform."""
    hidden = models.BooleanField(default=False)
    path = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(platform__isnull=True) ^ Q(site__isnull=True), name="package_has_one_holder"
            )
        ]
        indexes = [
            models.Index(fields=["name", "kind", "id"], name="package_by_name"),
            models.Index(fields=["kind", "name", "id"], name="package_by_kind"),
            models.Index(fields=["name", "title"], name="package_titles"),
            models.Index(fields=["name", "version_order", "version"], name="package_versions"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()
