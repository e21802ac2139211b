"""What can be done to a site in the panel: one table, an address ``/sites/DOMAIN/VERB`` for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor, NotFound, heard
from aegir.models import Client, Site, default, names, possible
from aegir.operations import finding
from aegir.pages import site_aliases, site_forms, site_move_forms, site_remedies
from aegir.pages.door import signed_in
from aegir.pages.forms import Form, answer, of_operation
from aegir.pages.site_forms import SiteForm


@dataclass(frozen=True)
class Verb:
    """One row of the table."""

    operation: str
    title: str
    icon: str
    group: str
    """Where it stands on the site's page; "" for elsewhere."""
    short: str
    """What it does, in a few words."""
    explains: str
    away: str
    """For how long visitors are without the site."""
    back: str
    """How it is taken back."""
    form: type[SiteForm] = SiteForm
    button: str = ""
    """By default the title."""
    direct: bool = False
    """Whether it is done by one click on the site's page: it asks for nothing and breaks nothing."""
    red: bool = False
    template: str = "sites/verb.html"


STAYS = "The site stays up."
CLOSED = "For a moment visitors are told to come back soon, while nothing may change: mostly some seconds."
UNDO = "If anything fails, the site is as it was by itself. Afterwards «Undo» goes back, for {days} days."
NOTHING = "There is nothing to take back."
GROUPS = ("Everyday", "Content", "Move", "Ending")

VERBS: dict[str, Verb] = {
    "verify": Verb(
        "site_verify", "Verify", "refresh", "Everyday", "Check everything, mend what is not right",
        "Checks the site's files, settings, database and web server entry, and brings back what is not as it "
        "should be. What is right stays as it is.", STAYS, NOTHING, direct=True),
    "login": Verb(
        "site_login", "New login link", "key", "Everyday", "Sign in as the site's first account",
        "Makes a link that signs you in as the site's first account, once and within a day.", STAYS, NOTHING,
        direct=True),
    "flush": Verb(
        "site_flush", "Empty caches", "wash", "Everyday", "Let Drupal build its caches anew",
        "Empties all caches. The next pages take a little longer.", STAYS, NOTHING, direct=True),
    "cron": Verb(
        "site_cron", "Run cron", "clock", "Everyday", "Run the site's regular work now",
        "Runs the site's regular work now: indexing, clearing up, sending what waits.", STAYS,
        "What cron did stays done.", direct=True),
    "update": Verb(
        "site_update", "Run updates", "arrow-up-circle", "Everyday", "Run database updates that wait",
        "Runs the database updates that the site's code brings, with a backup first. Where none wait, "
        "nothing is done.", CLOSED, UNDO),
    "permissions": Verb(
        "site_permissions", "Mend permissions", "lock", "Everyday", "Give files the right owners and modes",
        "Gives the site's files and folders the owners and modes that they should have.", STAYS, NOTHING,
        direct=True),
    "cron-interval": Verb(
        "cron_set", "How often cron runs", "adjustments", "", "Set how often cron runs",
        "Sets how often Aegir runs this site's cron.", STAYS, "Set it again.", site_forms.Interval, "Save"),
    "drush": Verb(
        "site_drush", "Drush", "terminal-2", "Everyday", "Run a Drush command",
        "Runs a command with the Drush that the platform brings. What it prints is shown with the task.",
        "That depends on the command.", "That depends on the command: make a backup first where it changes "
        "something.", site_forms.Drush, "Run"),
    "give": Verb(
        "site_give", "Give to a client", "address-book", "Everyday", "Say whose the site is",
        "From then on the people of that client see and manage the site, and nobody of the old one does.",
        STAYS, "Give it back.", site_forms.Give, "Give"),
    "backup": Verb(
        "site_backup", "Back up", "archive", "Content", "Write an archive of everything",
        "Writes the site's database, files and settings into one archive, from which it can be restored here "
        "or made anew elsewhere.", STAYS, "Delete the backup.", site_forms.Backup),
    "restore": Verb(
        "site_restore", "Restore", "history", "Content", "Go back to what a backup holds",
        "Brings content, files and code of the site back to what a backup holds. What was written since is "
        "no longer there.", CLOSED, UNDO, site_move_forms.Restore),
    "sync": Verb(
        "site_sync", "Sync", "replace", "Content", "Take over another site's content",
        "Replaces this site's content with another site's, with a backup first. Its names, address and "
        "settings stay.",
        CLOSED, UNDO, site_move_forms.Sync),
    "migrate": Verb(
        "site_migrate", "Migrate", "arrows-exchange", "Move", "Move to another platform, which upgrades it",
        "Moves the site to another platform, with a backup first, and runs the updates that come with it.",
        CLOSED, UNDO),
    "rehearse": Verb(
        "site_rehearse", "Rehearse a migration", "test-pipe", "Move", "Try it on a copy, and get a report",
        "Tries a migration on a throw-away copy and reports what would come of it. The site is only read.",
        STAYS, "The copy is gone when the report is made."),
    "rename": Verb(
        "site_rename", "Rename", "forms", "Move", "Give it another domain",
        "Gives the site another domain, and corrects its paths and addresses.", CLOSED, UNDO,
        site_move_forms.Rename),
    "clone": Verb(
        "site_clone", "Clone", "copy", "Move", "Make a copy under a domain of its own",
        "Makes a new site that is like this one but shares nothing with it: domain, database and secrets are "
        "its own.", STAYS, "Delete the copy.", site_move_forms.Clone),
    "undo": Verb(
        "site_undo", "Undo the last move", "arrow-back-up", "Move", "Go back to before the last move",
        "Goes back to code, content and files as they were before. What was written since is kept aside in "
        "turn, so that undoing twice leads back here.", CLOSED, UNDO, site_move_forms.Undo, "Go back",
        template="sites/undo.html"),
    "changes": Verb(
        "site_changes", "What was written since", "eye", "", "Tell what an undo would take back",
        "Looks at what was written since the last move, which an undo would take back.", STAYS, NOTHING,
        site_move_forms.Undo, "Look"),
    "disable": Verb(
        "site_disable", "Disable", "player-pause", "Ending", "Tell visitors that it is not available",
        "Visitors are told that the site is not available, and its cron rests.", "Until you enable it again.",
        "«Enable».", red=True),
    "enable": Verb(
        "site_enable", "Enable", "player-play", "Ending", "Serve it again",
        "Serves the site again, once it has shown that it answers.", "The site comes back.", "«Disable»."),
    "reinstall": Verb(
        "site_reinstall", "Reinstall", "eraser", "Ending", "Begin anew, without any content",
        "Installs the site anew, with the same profile and language. Nothing of its content is left in it.",
        CLOSED, UNDO, site_forms.Sure, red=True),
    "delete": Verb(
        "site_delete", "Delete", "trash", "Ending", "Remove it for good",
        "Removes the site, its database and its files for good. Its backups and its history stay.",
        "The site is gone.", "Only by a new site out of a backup.", site_forms.Delete, red=True),
    "alias-add": Verb(
        "site_alias_add", "Add a name", "plus", "", "Add an alias",
        "The site answers to a further name. It must lead to this server before visitors can find it.", STAYS,
        "Remove it again.", site_aliases.Add),
    "alias-remove": Verb(
        "site_alias_remove", "Remove a name", "trash", "", "Remove an alias",
        "The site no longer answers to that name, and it is free for other sites.", STAYS, "Add it again.",
        site_aliases.Remove),
    "alias-redirect": Verb(
        "site_alias_redirect", "Redirect names", "link", "", "Let names lead to another",
        "Lets one name, or all names, of the site lead visitors to the one that shall be seen, or serve the "
        "site themselves.", STAYS, "Set it again.", site_aliases.Redirect, "Save"),
}  # fmt: skip


def of(actor: Actor, site: Site) -> dict[str, Verb]:
    """The verbs that ``actor`` may use on ``site``, possible now or not."""
    return {name: verb for name, verb in VERBS.items() if access.may(actor, verb.operation, site)}


def reasons(actor: Actor, site: Site) -> dict[str, str]:
    """Why operations are not possible now, as far as ``actor`` can choose."""
    return possible.reasons(site, access.open_platforms(actor).homes(), access.sites(actor))


def around(verb: Verb, name: str, site: Site) -> dict[str, Any]:
    """What the page of a verb shows around its form."""
    days = default.value("undo_days")
    return {
        "nav": "sites",
        "site": site,
        "verb": replace(verb, back=verb.back.format(days=days)),
        "verb_name": name,
        "title": f"{verb.title}: {site.domain}",
        "crumb": site.domain,
        "back": reverse("site", args=[site.domain]),
        "button": verb.button or verb.title,
        "red": verb.red,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def page(request: HttpRequest, actor: Actor, domain: str, verb: str) -> HttpResponse:
    """The form of a verb; where it is not possible now, the reason."""
    site, found = access.site(actor, domain), VERBS.get(verb)
    if found is None:
        raise NotFound(f"There is no «{names.shown(verb)}» for sites.")
    access.require(actor, found.operation, site)
    reason = reasons(actor, site)[found.operation]
    context = {**around(found, verb, site), "reason": reason}
    if reason:
        return not_now(request, actor, context)
    make = partial(found.form, actor, site)
    initial = {name: value for name, value in request.GET.items() if name in found.form.base_fields}
    if special := SPECIAL.get(verb):
        return special(request, actor, site, make, context)
    more = MORE[verb](actor, site) if verb in MORE else {}
    return of_operation(
        request,
        actor,
        found.operation,
        make,
        found.template,
        {**context, **more},
        initial=initial,
        domain=site.domain,
    )


def not_now(request: HttpRequest, actor: Actor, context: Mapping[str, Any]) -> HttpResponse:
    """The reason in place of a form, with what must be done first."""
    posted, reason = request.method == "POST", context["reason"]
    if posted:
        heard.refused(reason)
    remedy = site_remedies.of(actor, context["site"], context["verb"].operation, reason)
    context = {**context, "remedy": remedy, "platform": possible.lacks_platform(reason)}
    return render(request, "sites/not_now.html", context, status=422 if posted else 200)


def _give(
    request: HttpRequest, actor: Actor, site: Site, make: Callable[..., Form], context: Mapping[str, Any]
) -> HttpResponse:
    """A change of the row alone, so no task."""

    def wanted(form: Form) -> Client | None:
        name = form.cleaned_data["client"]
        if name == (site.client.name if site.client else ""):
            return site.client
        return finding.client(name)

    def act(form: Form) -> HttpResponse:
        client = wanted(form)
        heard.about(site.domain, client=client.name if client else None)
        site.give(client)
        messages.success(request, f"{site.domain} now belongs to {client.title if client else 'the house'}.")
        return redirect("site", domain=site.domain)

    return answer(request, make, act, "sites/verb.html", context, check=lambda form: _ignore(wanted(form)))


def _ignore(_: object) -> None:
    """For checks, of which only the refusal counts."""


def _undo(actor: Actor, site: Site) -> dict[str, Any]:
    from aegir.pages.site import kept_of

    return {"kept": kept_of(actor, site)}


SPECIAL: dict[str, Callable[..., HttpResponse]] = {"give": _give}
MORE: dict[str, Callable[[Actor, Site], dict[str, Any]]] = {"undo": _undo}
__all__ = ["GROUPS", "VERBS", "Verb", "around", "not_now", "of", "page", "reasons"]
