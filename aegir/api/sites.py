"""Sites over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Query, Router, Schema, Status

from aegir import access
from aegir.access import NotFound, heard
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Body, Page, Paging, TaskDetail, Wish, accepted, page
from aegir.models import Pair, Site, site_search
from aegir.operations import drush_aliases

router = Router(tags=["sites"])


class SiteAnswer(Schema):
    domain: str
    address: str
    """Where visitors find it."""
    names: list[str]
    """All names that it answers to."""
    title: str
    platform: str
    database: str
    """The database's product."""
    client: str | None
    """Whose it is; None for the house's own."""
    profile: str
    language: str
    email: str
    state: str
    verified_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, site: Site) -> SiteAnswer:
        own = ["domain", "address", "title", "profile", "language", "email", "state"]
        own += ["verified_at", "created_at"]
        return cls(
            **{name: getattr(site, name) for name in own},
            names=sorted(row.name for row in site.names.all()),
            platform=site.platform.name,
            database=site.database.driver,
            client=site.client.name if site.client else None,
        )


class KeptPair(Schema):
    """What the site was before a move, kept so that the move can be undone."""

    id: int
    domain: str
    platform: str
    reason: str
    """The operation that replaced it."""
    since: datetime | None
    until: datetime | None
    """When it will be retired."""

    @classmethod
    def of(cls, pair: Pair) -> KeptPair:
        own = ["id", "domain", "reason", "since", "until"]
        return cls(**{name: getattr(pair, name) for name in own}, platform=pair.platform.name)


class SiteDetail(SiteAnswer):
    """One site, with what only its own page shows."""

    mail: bool
    """Whether it may send mail."""
    drush: str
    """The alias under which Drush 9 and later know it."""
    kept: list[KeptPair]
    """What it could go back to, newest first."""


class NewSite(Wish):
    domain: str
    platform: str
    profile: str | None = None
    """By default the one that the platform recommends."""
    language: str | None = None
    db: str | None = None
    """mysql or sqlite."""
    email: str | None = None
    """Of the site's first account."""
    aliases: list[str] = Field(default_factory=list, max_length=100)
    """Further names."""
    alias_www: Literal["", "none", "add", "strip"] = ""
    """Whether it also answers to its name with, or without, www; "" for as the settings say."""
    alias_subdomain: str | None = None
    """It also answers to its name below this domain; "" for none, null for as the settings say."""
    client: str | None = None
    """Whose it shall be; by default the asker's only client, or the house."""


class Deletion(Wish):
    anyway: bool = False
    """Whether it is deleted although it is enabled."""
    backup: bool | None = None
    """Whether there is a final backup; by default as the settings say."""


class LoginLink(Schema):
    login_link: str
    """Signs in the site's first account, once."""


class SiteFilter(Wanted):
    """Which sites are wanted."""

    state: Site.State | None = None
    platform: str | None = None
    client: str | None = Field(None, description="its name; empty for the house's own sites")
    profile: str | None = None


LISTING = Listing(
    sorts={"domain": "domain", "title": "title", "state": "state", "platform": "platform__name",
           "client": "client__name", "profile": "profile", "verified_at": "verified_at",
           "created_at": "created_at"},
    search=(site_search.called,),
    filters={"state": "state", "platform": "platform__name", "client": "client__name", "profile": "profile"},
)  # fmt: skip


class Gift(Body):
    client: str | None
    """Whose it shall be; null for the house."""


@router.get("", response={200: Page[SiteAnswer], **ERRORS})
def list_sites(request: Asked, paging: Query[Paging], which: Query[SiteFilter]) -> dict[str, Any]:
    """Sites, by domain unless ``sort`` says otherwise."""
    query = access.sites(request.auth).select_related("platform", "database", "client")
    return page(LISTING.of(query.prefetch_related("names"), which), paging, SiteAnswer.of)


@router.post("", response={202: TaskDetail, **ERRORS})
def install_site(request: Asked, body: NewSite) -> Status[TaskDetail]:
    """Install a new site."""
    return accepted(
        request.auth, access.ask(request.auth, "site_install", dry_run=body.dry_run, **body.given())
    )


@router.get("/{domain}", response={200: SiteDetail, **ERRORS})
def show_site(request: Asked, domain: str) -> SiteDetail:
    """One site."""
    site = access.site(request.auth, domain)
    kept = [KeptPair.of(pair) for pair in access.kept_pairs(request.auth, site).select_related("platform")]
    alias = drush_aliases.site(site)
    return SiteDetail(**SiteAnswer.of(site).dict(), mail=site.mail, drush=alias, kept=kept)


@router.put("/{domain}/client", response={200: SiteAnswer, **ERRORS})
def give_site(request: Asked, domain: str, body: Gift) -> SiteAnswer:
    """Make the site another client's, or the house's own."""
    site = access.site(request.auth, domain)
    access.require(request.auth, "site_give", site)
    heard.about(site.domain, client=body.client)
    site.give(None if body.client is None else access.client(request.auth, body.client))
    return SiteAnswer.of(site)


@router.get("/{domain}/login-link", response={200: LoginLink, **ERRORS})
def show_login_link(request: Asked, domain: str) -> dict[str, str]:
    """The one-time login link, as long as it is good."""
    site = access.site(request.auth, domain)
    access.require(request.auth, "site_login", site)
    link = site.login_link()
    if link is None:
        raise NotFound(f"There is no login link for {site.domain}: make one with «aegir site login».")
    return {"login_link": link}


@router.delete("/{domain}", response={202: TaskDetail, **ERRORS})
def delete_site(request: Asked, domain: str, which: Query[Deletion]) -> Status[TaskDetail]:
    """Remove a site, its database and its files; its backups stay."""
    return accepted(
        request.auth,
        access.ask(request.auth, "site_delete", dry_run=which.dry_run, domain=domain, **which.given()),
    )


@router.delete("/{domain}/kept/{pair}", response={202: TaskDetail, **ERRORS})
def retire_pair(request: Asked, domain: str, pair: int, dry_run: bool = False) -> Status[TaskDetail]:
    """Remove a kept pair for good: the site can no longer go back to it."""
    found = access.kept_pair(request.auth, access.site(request.auth, domain), pair)
    return accepted(request.auth, access.ask(request.auth, "pair_retire", dry_run=dry_run, pair=found.pk))
