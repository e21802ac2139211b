"""Passkeys in a real browser with a virtual authenticator, and what else of signing in needs a browser."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Browser, Page, Route, expect

from aegir.models import AuditEntry, Default, Signup, default, feature
from tests import doors
from tests.live.browser import needed, opened
from tests.live.openid import CLIENT, SECRET, Provider
from tests.live.openid import PASSWORD as AT_THE_PROVIDER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needed]


@pytest.fixture
def page(chromium: Browser, panel: str) -> Iterator[Page]:
    """A stranger's browser with an authenticator; it ends well only if nothing was blocked or thrown."""
    with opened(chromium, panel) as page:
        hands = page.context.new_cdp_session(page)
        hands.send("WebAuthn.enable")
        kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
        kind |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
        hands.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
        yield page


def sign_in(page: Page, panel: str) -> None:
    page.goto(f"{panel}/sign-in?next=/account")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(doors.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def sign_out(page: Page, panel: str) -> None:
    page.get_by_role("button", name="Account of alice").first.click()
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def add_passkey(page: Page, *, alone: bool) -> None:
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(doors.PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("My <b>laptop</b>")
    page.get_by_label("Sign in with this passkey alone").set_checked(alone)
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_text("My <b>laptop</b>").first).to_be_visible()


def test_a_passkey_signs_in_alone_and_confirms_and_is_removed(page: Page, panel: str) -> None:
    doors.alice()
    sign_in(page, panel)
    add_passkey(page, alone=True)
    sign_out(page, panel)
    page.goto(f"{panel}/sign-in?next=/account")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert AuditEntry.objects.filter(action="mfa_login_webauthn", actor="alice", outcome="done").count() == 1
    assert "credential" not in repr(list(AuditEntry.objects.values("about", "details", "sentence")))
    page.get_by_role("link", name="Remove My").click()
    page.get_by_role("link", name="Use your passkey").click()
    page.get_by_role("button", name="Use the passkey").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_a_security_key_is_a_second_factor_after_the_password(page: Page, panel: str) -> None:
    doors.alice()
    sign_in(page, panel)
    add_passkey(page, alone=False)
    sign_out(page, panel)
    page.goto(f"{panel}/sign-in?next=/account")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(doors.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="One step more")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_the_button_for_passkeys_waits_for_its_scripts(page: Page, panel: str) -> None:
    held: list[Route] = []
    script = re.compile(r"/webauthn\.[^/]*js")

    def hold(route: Route) -> None:
        held.append(route)

    page.route(script, hold)
    with page.expect_request(script):
        page.goto(f"{panel}/sign-in", wait_until="commit")
    button = page.get_by_role("button", name="Use a passkey")
    expect(button).to_be_disabled()
    held[0].continue_()
    expect(button).to_be_enabled()


def from_elsewhere(route: Route) -> None:
    """Send on what a browser on a host below this one would have sent."""
    if route.request.method != "POST":
        route.continue_()
        return
    form = {name: values[0] for name, values in parse_qs(route.request.post_data or "").items()}
    credential = json.loads(form["credential"])
    text = credential["response"]["clientDataJSON"]
    said = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    said["origin"] = "http://evil.localhost"
    changed = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    credential["response"]["clientDataJSON"] = changed
    form["credential"] = json.dumps(credential)
    route.continue_(post_data=urlencode(form))


def test_a_passkey_of_another_address_is_refused(page: Page, panel: str) -> None:
    doors.alice()
    sign_in(page, panel)
    add_passkey(page, alone=True)
    sign_out(page, panel)
    page.route("**/sign-in/passkey", from_elsewhere)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("used on another address than this one")).to_be_visible()
    page.goto(f"{panel}/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    entry = AuditEntry.objects.filter(action="mfa_login_webauthn").latest("pk")
    assert entry.outcome == "refused"


def test_the_way_through_a_provider_passes_the_policy(page: Page, panel: str) -> None:
    doors.alice()
    with Provider(f"{panel}/sign-in/openid/back") as provider:
        feature.switch("openid", True)
        for name, value in (("issuer", provider.issuer), ("client", CLIENT), ("secret", SECRET)):
            default.change(f"openid_{name}", value)
        sign_in(page, panel)
        page.get_by_role("button", name="Link it").click()
        page.get_by_label("Password").fill(doors.PASSWORD)
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("button", name="Link it").click()
        page.get_by_label("Username").fill("dora")
        page.get_by_label("Password").fill(AT_THE_PROVIDER)
        page.get_by_role("button", name="Sign in at the provider").click()
        expect(page.get_by_text("Your account is linked to dora@example.org")).to_be_visible()
        sign_out(page, panel)
        page.get_by_role("button", name="Sign in through localhost").click()
        expect(page.get_by_role("button", name="Account of alice").first).to_be_visible()
        page.goto(f"{panel}/account")
        expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_the_sign_up_form_is_judged_while_it_is_filled_in(page: Page, panel: str) -> None:
    doors.site("taken.example.org")
    feature.switch("signup", True)
    Default.objects.create(name="mail_host", value="mail.example.org")
    Default.objects.create(name="mail_from", value="aegir@example.org")
    page.goto(f"{panel}/sign-up")
    page.get_by_label("Domain of your site").press_sequentially("taken.example.org")
    expect(page.locator("#said-domain")).to_contain_text("taken")
    expect(page.get_by_label("Domain of your site")).to_have_value("taken.example.org")
    page.get_by_label("Domain of your site").fill("free.example.org")
    expect(page.locator("#said-domain")).to_be_empty()
    page.get_by_label("Your name").fill("Dora")
    page.get_by_label("E-mail").fill("dora@example.org")
    page.get_by_label("The same again").fill("dora@example.org")
    page.get_by_role("button", name="Send the mail").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert Signup.objects.get().domain == "free.example.org"
