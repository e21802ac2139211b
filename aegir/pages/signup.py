"""Signing up: a public form that makes client, account and site in one go, once the address is proved."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.ratelimit import consume
from django import forms
from django.conf import settings
from django.contrib import auth, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import heard
from aegir.errors import AegirError, Refused
from aegir.models import Client, Platform, Signup, Task, User, default, feature, names, people
from aegir.models.welcome import mail_is_set_up
from aegir.operations import finding
from aegir.pages.adapter import mail
from aegir.pages.door import refusal, watch
from aegir.pages.forms import CHECK, word

SPENT = "This link was used already, or is too old: fill in the form once more."
CLOSED = "Nobody can sign up at the moment: come back later, or ask whoever looks after this panel."
OFTEN = "That was very often: wait an hour, then try again."
NOT_YET = "Your site cannot be made at the moment: come back later, or ask whoever looks after this panel."

CONFIRM = """Hello {name},

this link makes your site {domain} and your account on {panel}, once, within two days:

{link}

If you did not ask for that, do nothing: nothing will be made.
"""
KNOWN = """Hello {name},

somebody, most likely you, tried to sign up on {panel} with your address. You have an account there already:
your user name is {username}. Sign in with it, and ask for a new password if you have forgotten yours:

{panel}/sign-in

If that was not you, do nothing: nothing was made.
"""


class _Undone(Exception):
    """Ends a transaction whose changes shall not stay."""


class SignupForm(forms.Form):
    """Who somebody is, and which site he wants."""

    name = forms.CharField(
        label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    organisation = forms.CharField(
        label="Organisation",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        help_text="If the site is not for yourself alone.",
    )
    email = forms.CharField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    email2 = forms.CharField(
        label="The same again", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    domain = forms.CharField(
        label="Domain of your site",
        max_length=253,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "placeholder": "example.org"}
        ),
        help_text="It must lead to this server before visitors can find the site.",
    )
    profile = forms.ChoiceField(label="Kind of site")

    def __init__(self, platform: Platform, data: QueryDict | None = None) -> None:
        super().__init__(data, label_suffix="")
        profile = self.fields["profile"]
        assert isinstance(profile, forms.ChoiceField)
        profile.choices = [(name, name) for name in platform.profiles]
        for field in self.fields.values():
            word(field, str(field.label))

    def clean_email(self) -> str:
        return _cleaned(names.email, self.cleaned_data["email"])

    def clean_domain(self) -> str:
        return _cleaned(_free, self.cleaned_data["domain"])

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        if given.get("email") and given.get("email2", "").strip() != given["email"]:
            self.add_error("email2", "The two addresses are not the same.")
        return given


@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """The form. It answers the same whether the address is known here or not."""
    platform = _open_platform()
    if platform is None or not mail_is_set_up():
        return _sentence(request, CLOSED, 503)
    if request.method != "POST":
        return render(request, "signup/form.html", {"form": SignupForm(platform)})
    checking = bool(request.headers.get(CHECK))
    form = SignupForm(platform, request.POST)
    if checking:
        return _checked(request, form)
    if not consume(request, action="signup"):
        heard.refused(OFTEN)
        return _sentence(request, OFTEN, 429)
    if form.is_valid():
        try:
            _begin(form, platform)
            return render(request, "signup/sent.html", {"email": form.cleaned_data["email"]})
        except AegirError as refused:
            field = getattr(refused, "field", None)
            form.add_error(field if field in form.fields else None, str(refused))
    heard.refused(str(next(iter(form.errors.values()))[0]))
    return render(request, "signup/form.html", {"form": form}, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link from the mail. The button makes everything; merely looking at the page makes nothing."""
    _refuse_off()
    wish = Signup.of(token)
    if wish is None:
        heard.refused(SPENT)
        return _sentence(request, SPENT, 422)
    if request.method != "POST":
        return render(request, "signup/confirm.html", {"wish": wish})
    heard.about(wish.domain, email=wish.email)
    try:
        with transaction.atomic():
            user, task = _make(wish, wish.email)
            if not wish.take():
                raise Refused(SPENT)
    except AegirError as refused:
        heard.unasked()
        heard.refused(str(refused))
        return refusal(request, refused)
    if request.user.is_authenticated:
        auth.logout(request)
    record_authentication(request, user, method="link", reauthenticated=True)
    get_adapter().login(request, user)
    messages.success(
        request,
        f"Your account «{user.username}» is made. Choose a password under «Your account» in the menu.",
    )
    return watch(task)


def _begin(form: SignupForm, platform: Platform) -> None:
    """Try it all out, then send the mail; for a known address another mail, and all else alike."""
    given = form.cleaned_data
    wish = Signup(
        email=given["email"], name=given["name"], organisation=given["organisation"],
        domain=names.domain(given["domain"]), platform=platform.name, profile=given["profile"],
    )  # fmt: skip
    _try_out(wish)
    token = Signup.begin(
        email=wish.email, name=wish.name, organisation=wish.organisation, domain=wish.domain,
        platform=wish.platform, profile=wish.profile,
    )  # fmt: skip
    heard.about(wish.domain, email=wish.email)
    panel = settings.AEGIR_PANEL_URL
    known = User.objects.filter(email__iexact=wish.email).first()
    if known is None:
        link = f"{panel}/sign-up/{token}"
        text = CONFIRM.format(name=wish.name, domain=wish.domain, panel=panel, link=link)
        mail(wish.email, f"Your site {wish.domain}", text)
        return
    name = known.get_full_name() or known.get_username()
    mail(
        known.email,
        "You have an account already",
        KNOWN.format(name=name, username=known.username, panel=panel),
    )


def _try_out(wish: Signup) -> None:
    """Refused exactly when making it all would be; nothing of it stays."""
    stranger = f"{secrets.token_hex(8)}@sign-up.invalid"
    try:
        with transaction.atomic():
            _make(wish, stranger)
            raise _Undone
    except _Undone:
        heard.unasked()


def _make(wish: Signup, email: str) -> tuple[User, Task]:
    """Account, client and the site's task, in the caller's transaction."""
    user = people.add(username=people.free_name(wish.email.partition("@")[0]), email=email, name=wish.name)
    title = wish.organisation or wish.name
    client = Client.add(name=_free_client(title), title=title, organisation=wish.organisation, email=email)
    client.users.add(user)
    actor = access.actor_of(user)
    if actor is None:
        raise Refused(NOT_YET)
    heard.actor(actor.name)
    task = access.ask(
        actor, "site_install", domain=wish.domain, platform=wish.platform, profile=wish.profile or None,
        client=client.name, email=email,
    )  # fmt: skip
    return user, task


def _open_platform() -> Platform | None:
    """Where sites from the form go: as the setting says, else the newest that everybody may use."""
    _refuse_off()
    found = Platform.objects.live().filter(state=Platform.State.ENABLED, clients=None)
    wanted = str(default.value("signup_platform"))
    return found.filter(name=wanted).first() if wanted else found.order_by("-pk").first()


def _refuse_off() -> None:
    if not feature.on("signup"):
        raise Http404


def _checked(request: HttpRequest, form: SignupForm) -> HttpResponse:
    """The sentences below the fields, while somebody types. Says nothing of fields where nobody was yet."""
    heard.nothing()
    form.is_valid()
    for name in list(form.errors):
        if name in form.fields and not form.data.get(name):
            del form.errors[name]
    return render(request, "signup/said.html", {"form": form})


def _cleaned(clean: Callable[[str], str], text: str) -> str:
    try:
        return clean(text.strip())
    except Refused as refused:
        raise forms.ValidationError(str(refused)) from refused


def _free(text: str) -> str:
    """The domain as typed; Refused when it is none, or taken."""
    finding.refuse_taken(names.domain(text))
    return text


def _free_client(title: str) -> str:
    """A name for a client of that title that no other has."""
    base = re.sub(r"[^a-z0-9]+", "-", title.lower())[:50].strip("-") or "client"
    name, further = base, 2
    while Client.objects.filter(name=name).exists():
        name, further = f"{base}-{further}", further + 1
    return name


def _sentence(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    context = {"title": "Sign up", "sentence": sentence}
    return render(request, "account/sentence.html", context, status=status)
