"""Moving a site to another platform: the comparison first, then a rehearsal, then the move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor
from aegir.models import Platform, Site, Task, possible
from aegir.pages import site_compare, site_verbs
from aegir.pages.door import ask, signed_in
from aegir.pages.forms import answer, of_operation
from aegir.pages.site_fields import kept_words, platforms
from aegir.pages.site_forms import SiteForm


class Onto(SiteForm):
    """Either button: the platform was chosen above."""

    platform = forms.CharField(required=False, widget=forms.HiddenInput)
    needed = ("platform",)


@dataclass(frozen=True)
class Rehearsal:
    """The last rehearsal of a move to a platform."""

    task: Task
    report: dict[str, Any]
    valid: bool
    """Whether the site is still where it was rehearsed from."""
    different: list[dict[str, Any]]
    """Pages that answered differently."""

    @property
    def good(self) -> bool:
        return self.valid and bool(self.report.get("good"))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def migrate(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """Choose a platform, see what would become of the site there, and move it."""
    return _page(request, actor, domain, "migrate")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def rehearse(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """The same page; its other button."""
    return _page(request, actor, domain, "rehearse")


def _page(request: HttpRequest, actor: Actor, domain: str, name: str) -> HttpResponse:
    site, verb = access.site(actor, domain), site_verbs.VERBS[name]
    access.require(actor, verb.operation, site)
    reason = site_verbs.reasons(actor, site)[verb.operation]
    context = {**site_verbs.around(verb, name, site), "reason": reason}
    if reason:
        return site_verbs.not_now(request, actor, context)
    wanted = (request.POST if request.method == "POST" else request.GET).get("platform", "")
    return of_operation(
        request,
        actor,
        verb.operation,
        partial(Onto, actor, site),
        "sites/migrate.html",
        {**context, **_choice(actor, site), **_comparison(request, actor, site, wanted)},
        initial={"platform": wanted},
        domain=site.domain,
    )


def _choice(actor: Actor, site: Site) -> dict[str, Any]:
    """The platforms that could be gone to at all, and those that could not, with the reason."""
    others = [row for row in platforms(actor) if row.pk != site.platform_id]
    major = site.platform.major
    return {
        "platforms": [row for row in others if possible.could_hold(row, major)],
        "unfit": [row for row in others if not possible.could_hold(row, major)],
        "may_add": access.may(actor, "platform_add"),
        "may_migrate": access.may(actor, "site_migrate", site),
        "may_rehearse": access.may(actor, "site_rehearse", site),
    }


def _comparison(request: HttpRequest, actor: Actor, site: Site, wanted: str) -> dict[str, Any]:
    target = access.open_platforms(actor).filter(name=wanted).exclude(pk=site.platform_id).first()
    if target is None:
        return {"chosen": None}
    return {
        **site_compare.context(request, site, target, "platform"),
        "rehearsal": rehearsal(actor, site, target),
    }


def rehearsal(actor: Actor, site: Site, target: Platform) -> Rehearsal | None:
    """The last rehearsal of this move that came to a report."""
    done = access.tasks(actor).filter(
        operation="site_rehearse", subject_kind="site", subject_id=site.pk, arguments__platform=target.name
    )
    task = done.exclude(result={}).order_by("-id").first()
    if task is None:
        return None
    report = access.wording(actor).value(task.result)
    return Rehearsal(
        task=task,
        report=report,
        valid=report.get("from") == site.platform.name,
        different=[page for page in report.get("pages", []) if not page.get("same")],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def retire(request: HttpRequest, actor: Actor, domain: str, pair: int) -> HttpResponse:
    """Drop what the site could go back to, for the room that it takes."""
    site = access.site(actor, domain)
    access.require(actor, "pair_retire", site)
    kept = access.kept_pair(actor, site, pair)
    context = {
        "nav": "sites",
        "title": f"No longer keep it: {site.domain}",
        "crumb": site.domain,
        "back": reverse("site", args=[site.domain]),
        "button": "Remove it for good",
        "red": True,
        "intro": f"What is kept ({kept_words(kept)}) is removed for good: the site can no longer go back to "
        "it. The site itself is not touched.",
    }
    return answer(
        request,
        partial(SiteForm, actor, site),
        lambda form: ask(actor, "pair_retire", pair=kept.pk),
        "form.html",
        context,
        check=lambda form: access.check(actor, "pair_retire", pair=kept.pk),
    )
