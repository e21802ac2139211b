"""The registry: every package of every platform and site."""

from __future__ import annotations

from django.db import connection, models
from django.db.models import Q

from aegir.models.platform import Platform
from aegir.models.site import Site

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


class Package(models.Model):
    """A module, theme, profile, theme engine or core, as a platform has it or as a site has it."""

    platform = models.ForeignKey(Platform, null=True, on_delete=models.CASCADE, related_name="packages")
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="packages")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=255, blank=True)
    version = models.CharField(max_length=60, blank=True)
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
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()
