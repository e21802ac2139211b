"""The form for a new platform: one for each place that code can come from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor
from aegir.models import Platform
from aegir.operations import building
from aegir.pages.door import signed_in
from aegir.pages.forms import Boxes, Form, of_operation

PLAIN = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}


def _text(label: str, help: str, *, required: bool = True, longest: int = 2000) -> forms.CharField:
    widget = forms.TextInput(attrs=PLAIN)
    return forms.CharField(label=label, help_text=help, required=required, max_length=longest, widget=widget)


class AddForm(Form):
    """A codebase that is to be known, where it lies."""

    kind = "path"

    name = _text(
        "Name",
        "What you call it: letters, digits, dots and hyphens, such as drupal-10.1.6.",
        longest=200,
    )
    path = _text(
        "Path of the codebase",
        "The folder on the server, such as /var/aegir/platforms/drupal-10.1.6. It is used where it lies; the "
        "document root in it (web, docroot …) is found by itself.",
        longest=1000,
    )


class SourceForm(Form):
    """A codebase that is to be built."""

    kind = ""
    more = ("docroot", "checksum")

    name = _text(
        "Name", "What you call it: letters, digits, dots and hyphens, such as drupal-10.1.6.", longest=200
    )
    docroot = _text(
        "Document root",
        "Where Drupal lies in the code, such as web. Leave it empty: it is found by itself at the top and in "
        "web, docroot, html and public.",
        required=False,
        longest=300,
    )
    credentials = forms.MultipleChoiceField(
        label="Credentials",
        required=False,
        widget=Boxes,
        help_text="What opens the hosts that the code comes from; none where everybody may fetch it.",
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        rows = access.credentials(actor).order_by("name")
        field = self.fields["credentials"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(row.name, str(row)) for row in rows]
        if not rows:
            del self.fields["credentials"]

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        about = {name: given.pop(name, None) for name in ("name", "docroot")}
        return {**about, "credentials": given.pop("credentials", []), "source": {"kind": self.kind, **given}}


class ComposerForm(SourceForm):
    kind = "composer"
    field_order = ("name", "location", "reference")

    location = _text(
        "Composer project",
        "A package and its version, such as drupal/recommended-project:10.3.1; or the address of a git "
        "repository that holds a composer.json.",
    )
    reference = _text(
        "Branch, tag or commit",
        "Of a git repository; empty for its main branch.",
        required=False,
        longest=200,
    )


class GitForm(SourceForm):
    kind = "git"
    field_order = ("name", "location", "reference", "credentials", "submodules", "composer")

    location = _text(
        "Repository",
        "Its address, such as https://git.example.org/site.git or git@git.example.org:site.git.",
    )
    reference = _text("Branch, tag or commit", "Empty for its main branch.", required=False, longest=200)
    submodules = forms.BooleanField(label="Fetch its submodules too", required=False, initial=True)
    composer = forms.BooleanField(label="Run «composer install» in it", required=False)


class ArchiveForm(SourceForm):
    kind = "archive"
    field_order = ("name", "location", "credentials", "composer", "checksum", "docroot")

    location = _text(
        "Archive",
        "The address of a .tar.gz, .tar.zst, .tar.xz or .zip, such as https://example.org/code.tar.gz.",
    )
    checksum = _text(
        "Checksum",
        "sha256: and 64 hexadecimal digits that the archive must have.",
        required=False,
        longest=200,
    )
    composer = forms.BooleanField(label="Run «composer install» in it", required=False)


class MakeForm(SourceForm):
    kind = "make"
    field_order = ("name", "location", "credentials", "checksum", "docroot")

    location = _text("Makefile", "The address of a Drush makefile, such as https://example.org/site.make.")
    checksum = _text(
        "Checksum",
        "sha256: and 64 hexadecimal digits that the makefile must have.",
        required=False,
        longest=200,
    )


FORMS: dict[str, tuple[str, type[Form]]] = {
    "path": ("On this server", AddForm),
    "git": ("Git", GitForm),
    "composer": ("Composer", ComposerForm),
    "archive": ("Archive", ArchiveForm),
    "make": ("Makefile", MakeForm),
}
INTRO = {
    "path": "A platform is a Drupal codebase on the server: core with its modules, themes and profiles. "
    "Sites are put on it.",
    "git": "The repository is fetched, checked and put in place; .git is left out. Sites never change it.",
    "composer": "The project is built by Composer as its lock file says, checked and put in place.",
    "archive": "The archive is fetched, checked, unpacked and put in place. One folder around everything is "
    "taken off.",
    "make": "All that the makefile names is fetched, patched and put in place.",
}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form; which one the address says."""
    offered = {kind: title for kind, (title, _) in FORMS.items() if kind == "path" or building.known(kind)}
    like = _like(request, actor)
    kind = request.GET.get("from") or (str(like.source["kind"]) if like else "path")
    kind = kind if kind in offered else "path"
    initial = _initial(actor, like) if like and like.source["kind"] == kind else {}
    context = {
        "nav": "platforms",
        "title": "Add a platform",
        "crumb": "Platforms",
        "intro": INTRO[kind],
        "button": "Add it" if kind == "path" else "Build it",
        "back": reverse("platforms"),
        "kinds": list(offered.items()),
        "kind": kind,
        "like": like if initial else None,
        "paths": kind != "path" and access.may(actor, "platform_source_path"),
    }
    made = FORMS[kind][1]
    return of_operation(
        request,
        actor,
        "platform_add",
        lambda **given: made(actor, **given),
        "platforms/add.html",
        context,
        initial=initial,
    )


def _like(request: HttpRequest, actor: Actor) -> Platform | None:
    """The platform whose source the form begins with, if the address names one that was built."""
    name = request.GET.get("like", "")
    row = access.platform(actor, name) if name and access.may(actor, "server_see") else None
    return row if row and row.source else None


def _initial(actor: Actor, like: Platform) -> dict[str, Any]:
    """What the new one has in common with it: not its name, nor its checksum: its code is to be another."""
    location = str(like.source.get("location", ""))
    if location.startswith(("/", "file:")) and not access.may(actor, "platform_source_path"):
        location = ""
    kept = {
        name: like.source[name] for name in ("reference", "submodules", "composer") if name in like.source
    }
    opened = [row.name for row in like.credentials.all()]
    return {**kept, "location": location, "credentials": opened, "docroot": like.docroot}
