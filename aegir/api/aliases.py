"""A site's further names over the API."""

from __future__ import annotations

from ninja import Router, Schema, Status

from aegir import access
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, TaskDetail, Wish, accepted
from aegir.models import SiteName

router = Router(tags=["aliases"])


class AliasAnswer(Schema):
    name: str
    """May begin with ``*.``, which stands for one or more labels."""
    main: bool
    """Whether it is the site's domain."""
    redirects: bool
    """Whether it leads to the canonical name instead of serving the site."""
    automatic: bool
    """Whether it was made from the defaults."""
    reserved: bool
    """Whether a task that is not over has taken it: nothing answers to it yet."""

    @classmethod
    def of(cls, row: SiteName) -> AliasAnswer:
        return cls.from_orm(row)


class AliasesAnswer(Schema):
    canonical: str
    """Where the redirecting names lead."""
    names: list[AliasAnswer]


class NewAlias(Wish):
    name: str
    redirect: bool = False
    """Whether it leads to the canonical name instead of serving the site."""


class Redirect(Wish):
    to: str
    """The name of the site that others lead to; «off» for none."""
    name: str | None = None
    """Which alias leads there; by default all names do."""


@router.get("/{domain}/aliases", response={200: AliasesAnswer, **ERRORS})
def list_aliases(request: Asked, domain: str) -> AliasesAnswer:
    """Every name that the site answers to, its domain first."""
    site = access.site(request.auth, domain)
    names = [AliasAnswer.of(row) for row in site.names.order_by("-main", "name")]
    return AliasesAnswer(canonical=site.canonical or site.domain, names=names)


@router.post("/{domain}/aliases", response={202: TaskDetail, **ERRORS})
def add_alias(request: Asked, domain: str, body: NewAlias) -> Status[TaskDetail]:
    """Give the site a further name."""
    dry_run, arguments = body.dry_run, body.given()
    return accepted(
        request.auth, access.ask(request.auth, "site_alias_add", dry_run=dry_run, domain=domain, **arguments)
    )


@router.delete("/{domain}/aliases/{name}", response={202: TaskDetail, **ERRORS})
def remove_alias(request: Asked, domain: str, name: str, dry_run: bool = False) -> Status[TaskDetail]:
    """Take one of its further names from the site."""
    return accepted(
        request.auth, access.ask(request.auth, "site_alias_remove", dry_run=dry_run, domain=domain, name=name)
    )


@router.post("/{domain}/redirect", response={202: TaskDetail, **ERRORS})
def redirect_aliases(request: Asked, domain: str, body: Redirect) -> Status[TaskDetail]:
    """Let all names of the site, or one alias, lead to one of its names, or serve the site again."""
    dry_run, arguments = body.dry_run, body.given()
    return accepted(
        request.auth,
        access.ask(request.auth, "site_alias_redirect", dry_run=dry_run, domain=domain, **arguments),
    )
