"""Clients, people, tokens, subscriptions, features, settings and the audit on the command line."""

from __future__ import annotations

import http.server
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from click.testing import CliRunner

from aegir.cli import main
from aegir.models import (
    ApiToken,
    AuditEntry,
    Client,
    Grant,
    Platform,
    SignInLink,
    Site,
    Subscription,
    User,
    default,
)
from tests import doors
from tests.cli.conftest import Aegir, answer


def test_a_client_is_added_changed_given_a_site_and_refused_to_go(aegir: Aegir) -> None:
    site = doors.site()
    added = aegir("client", "add", "acme", "--email", "it@acme.example", "--quota", "3")
    assert added.exit_code == 0, added.stderr
    assert answer(aegir("client", "change", "acme", "--title", "Acme Ltd", "--json"))["title"] == "Acme Ltd"
    assert "belongs to acme" in aegir("site", "give", site.domain, "acme").output
    assert Site.objects.get().client == Client.objects.get()
    refused = aegir("client", "delete", "acme", "--yes")
    assert refused.exit_code == 2
    assert "still has 1 site" in refused.stderr
    assert "the house" in aegir("site", "give", site.domain).output
    assert aegir("client", "delete", "acme", "--yes").exit_code == 0
    assert not Client.objects.exists()


def test_a_person_joins_a_client_is_granted_roles_and_deleted(aegir: Aegir) -> None:
    doors.alice()
    Client.add(name="acme", email="it@acme.example")
    assert aegir("user", "add", "bob", "--email", "bob@acme.example", "--name", "Bob B").exit_code == 0
    assert "bob" in aegir("client", "join", "acme", "bob").output
    assert answer(aegir("user", "show", "bob", "--json"))["clients"] == ["acme"]
    assert aegir("user", "grant", "bob", "platform_manager").exit_code == 0
    assert Grant.objects.get().user.username == "bob"
    assert "bob" not in aegir("client", "leave", "acme", "bob").output
    assert "shut out" in aegir("user", "change", "bob", "--shut-out").output
    assert aegir("user", "delete", "bob", "--yes").exit_code == 0
    last = aegir("user", "delete", "alice", "--yes")
    assert (last.exit_code, User.objects.count()) == (2, 1)


def test_a_token_is_printed_once_and_lets_the_command_line_in_from_elsewhere(
    aegir: Aegir, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.alice()
    made = aegir("token", "add", "deploy", "--user", "alice", "--scope", "see", "--days", "3")
    text = made.stdout.strip()
    found = ApiToken.of(text)
    assert found is not None
    assert text not in aegir("token", "list").output
    assert "revoked" in aegir("token", "revoke", str(found.pk)).output
    assert ApiToken.of(text) is None


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AEGIR_URL": "ftp://x"}, "give an address"),
        ({"AEGIR_URL": "http://panel.example.org", "AEGIR_TOKEN": "t"}, "https"),
        ({"AEGIR_URL": "https://panel.example.org"}, "needs a token"),
        ({"AEGIR_URL": "https://panel.example.org", "AEGIR_TOKEN_FILE": "/no/such"}, "cannot be read"),
    ],
)
def test_what_the_environment_says_wrongly_is_named(environment: dict[str, str], said: str) -> None:
    result = CliRunner(env=environment).invoke(main, ["site", "list"])
    assert (result.exit_code, said in result.stderr) == (2, True)


class Recording(http.server.BaseHTTPRequestHandler):
    """Another machine's panel, as far as a list needs it."""

    seen: list[str] = []

    def do_GET(self) -> None:
        self.seen.append(f"{self.path} {self.headers['Authorization']}")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"count": 0, "items": []}')

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Recording)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_another_machine_is_asked_with_the_token_of_a_file(elsewhere: str, tmp_path: Path) -> None:
    Recording.seen.clear()
    file = tmp_path / "token"
    file.write_text("aegir_secret\n")
    environment = {"AEGIR_URL": elsewhere, "AEGIR_TOKEN_FILE": str(file)}
    result = CliRunner(env=environment).invoke(main, ["site", "list"])
    assert (result.exit_code, len(Recording.seen)) == (0, 1)
    assert Recording.seen[0].endswith("Bearer aegir_secret")
    assert "aegir_secret" not in result.output


def test_a_subscription_needs_exactly_one_place_to_tell(aegir: Aegir) -> None:
    doors.alice()
    both = ["--email", "a@example.org", "--webhook", "https://example.org/x", "--user", "alice"]
    assert aegir("subscription", "add", "ops", *both).exit_code == 2
    assert "not shown again" in aegir("subscription", "add", "ops", *both[2:]).output
    row = Subscription.objects.get()
    assert "ops" in aegir("subscription", "list").output
    assert "https://example.org/x" in aegir("subscription", "show", str(row.pk)).output
    assert "gone" in aegir("subscription", "delete", str(row.pk)).output


def test_an_address_that_was_not_asked_yet_waits_for_confirmation(aegir: Aegir) -> None:
    doors.alice()
    told = aegir("subscription", "add", "ops", "--email", "a@example.org", "--user", "alice").output
    assert "waits for confirmation: a link was mailed to a@example.org" in told
    number = str(Subscription.objects.get().pk)
    for words in (["list"], ["show", number]):
        assert "waits for confirmation" in aegir("subscription", *words).output
    assert [aegir("subscription", "link", number).exit_code for _ in range(2)] == [0, 0]
    again = aegir("subscription", "link", number)
    assert (again.exit_code, "within the last hour" in again.output) == (2, True)
    User.objects.update(email="a@example.org")
    told = aegir("subscription", "add", "own", "--email", "a@example.org", "--user", "alice").output
    assert "tells a@example.org" in told


def test_a_feature_goes_off_and_its_commands_are_refused(aegir: Aegir) -> None:
    refused = aegir("feature", "off", "clients")
    assert (refused.exit_code, "Quotas" in refused.stderr) == (2, True)
    for name in ("quotas", "clients"):
        assert aegir("feature", "off", name).exit_code == 0
    gone = aegir("client", "list")
    assert (gone.exit_code, "«Clients» is switched off" in gone.stderr) == (2, True)
    assert "is on" in aegir("feature", "on", "clients").output


def test_a_secret_setting_is_read_and_never_an_argument(aegir: Aegir) -> None:
    refused = aegir("setting", "set", "mail_password", "hunter2")
    assert (refused.exit_code, "leave it out" in refused.stderr) == (2, True)
    done = CliRunner().invoke(main, ["setting", "set", "mail_password"], input="hunter2\n")
    assert done.exit_code == 0
    assert "hunter2" not in done.output
    assert default.value("mail_password") == default.SET
    assert "hunter2" not in aegir("setting", "list").output


def test_a_platform_is_locked_unlocked_and_shared(aegir: Aegir) -> None:
    home = doors.platform()
    Client.add(name="acme", email="it@acme.example")
    assert "locked" in aegir("platform", "lock", home.name).output
    assert Platform.objects.get().state == Platform.State.LOCKED
    assert aegir("platform", "lock", home.name).exit_code == 2
    assert "open" in aegir("platform", "unlock", home.name).output
    assert "for acme" in aegir("platform", "share", home.name, "acme").output
    assert "everybody" in aegir("platform", "share", home.name).output


def test_the_audit_tells_who_did_it_and_is_intact(aegir: Aegir) -> None:
    aegir("client", "add", "acme", "--email", "it@acme.example")
    listed = aegir("audit", "list").output
    assert "client_add" in listed
    assert "(command line)" in listed
    assert aegir("audit", "verify").exit_code == 0
    assert len(aegir("audit", "export").output.splitlines()) == AuditEntry.objects.count()


def test_a_backup_is_fetched_into_a_file_of_its_own(aegir: Aegir, tmp_path: Path) -> None:
    made = doors.backup(doors.site())
    made.path.parent.mkdir(parents=True, exist_ok=True)
    made.path.write_bytes(b"archive" * 1000)
    target = tmp_path / "mine.tar.zst"
    got = aegir("backup", "download", str(made.pk), "--to", str(target))
    assert got.exit_code == 0, got.stderr
    assert target.read_bytes() == made.path.read_bytes()
    assert stat.S_IMODE(os.stat(target).st_mode) == 0o600
    assert aegir("backup", "download", str(made.pk), "--to", str(target)).exit_code == 2
    made.path.unlink()


def test_shells_are_told_how_to_complete(aegir: Aegir) -> None:
    assert "_AEGIR_COMPLETE" in aegir("completion", "bash").output


def test_what_is_off_is_gone_from_the_command_line(aegir: Aegir) -> None:
    site = doors.site()
    doors.platform("d11")
    commands = {
        "cron": (("cron", "show"), ("cron", "set", site.domain, "30")),
        "rehearsals": (("site", "rehearse", site.domain, "--to", "d11"),),
        "drush": (("site", "run", site.domain, "drush", "--", "status"),),
    }
    for name, each in commands.items():
        assert aegir("feature", "off", name).exit_code == 0
        for command in each:
            gone = aegir(*command)
            assert (gone.exit_code, "is switched off" in gone.stderr) == (2, True), (command, gone.output)


def test_somebody_who_lost_his_phone_is_let_in_again(aegir: Aegir) -> None:
    bob = doors.bob()
    Authenticator.objects.create(user=bob, type="totp", data={})
    refused = aegir("user", "reset-second-factor", "bob")
    assert (refused.exit_code, Authenticator.objects.count()) == (2, 1)
    assert aegir("user", "reset-second-factor", "bob", "--yes").exit_code == 0
    assert not Authenticator.objects.exists()
    link = aegir("user", "link", "bob").stdout.strip()
    redeemed = SignInLink.redeem(link.rpartition("/")[2])
    assert redeemed is not None
    assert redeemed.user == bob
