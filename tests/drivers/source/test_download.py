"""Files fetched from a real web server: whole, unchanged, and by nobody's secret."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aegir.drivers.source import Access, Terms
from aegir.drivers.source.download import fetch
from aegir.errors import Broken, Refused, Unreachable
from tests.live import certificates
from tests.live.files import Answer, Shelf, handing_out

CODE = os.urandom(600_000)
SUM = f"sha256:{hashlib.sha256(CODE).hexdigest()}"
TOKEN = Access("localhost", "token", secret="s3cret-token")


@pytest.fixture
def terms(tmp_path: Path) -> Terms:
    return Terms(cache=str(tmp_path / "cache"), user=None, private=True)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with handing_out() as shelf:
        yield shelf


@pytest.fixture
def safe(trusted: Path) -> Iterator[Shelf]:
    with handing_out(certificates.context(trusted)) as shelf:
        yield shelf


def get(address: str, terms: Terms, *, checksum: str = "", said: list[str] | None = None) -> Path:
    say = [].append if said is None else said.append
    return fetch(address, terms, say, checksum=checksum, ends=time.monotonic() + 30)


def left(terms: Terms) -> list[str]:
    folder = Path(terms.cache, "downloads")
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_and_for_this_process_alone(safe: Shelf, terms: Terms) -> None:
    there = get(safe.put("/code.tar.gz", CODE), terms)
    assert there.read_bytes() == CODE
    assert (there.stat().st_mode & 0o777, there.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert there.parent.parent == Path(terms.cache)


@pytest.mark.parametrize("kind", ["sha256", "sha512", "sha1", "md5"])
def test_what_the_cache_has_by_its_checksum_is_not_fetched_again(
    kind: str, shelf: Shelf, terms: Terms
) -> None:
    address = shelf.put("/code", CODE)
    checksum = f"{kind}:{hashlib.new(kind, CODE).hexdigest().upper()}"
    first = get(address, terms, checksum=checksum)
    again = get(address, terms, checksum=checksum)
    assert first.read_bytes() == again.read_bytes() == CODE
    assert len(shelf.asked) == 1


def test_what_changed_in_the_cache_is_fetched_anew(shelf: Shelf, terms: Terms) -> None:
    address = shelf.put("/code", CODE)
    get(address, terms, checksum=SUM).write_bytes(b"something else")
    assert get(address, terms, checksum=SUM).read_bytes() == CODE
    assert len(shelf.asked) == 2


def test_without_a_checksum_it_is_asked_for_each_time(shelf: Shelf, terms: Terms) -> None:
    address = shelf.put("/code", b"one")
    one = get(address, terms)
    shelf.put("/code", b"two")
    assert (one.read_bytes(), get(address, terms).read_bytes()) == (b"one", b"two")


def test_another_file_than_was_meant_is_refused_naming_both_checksums(shelf: Shelf, terms: Terms) -> None:
    with pytest.raises(Refused, match=rf"its checksum is {SUM}, not sha256:0{{64}}") as refusal:
        get(shelf.put("/code", CODE), terms, checksum=f"sha256:{'0' * 64}")
    assert refusal.value.field == "checksum"
    assert left(terms) == []


@pytest.mark.parametrize("text", ["sha256:12", "sha3:" + "0" * 64, "0" * 64, "sha256:" + "g" * 64, "md5:"])
def test_what_is_no_checksum_is_refused(text: str, terms: Terms) -> None:
    with pytest.raises(Refused, match="is not a checksum"):
        get("http://localhost/x", terms, checksum=text)


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><p>Sign in", b"\xef\xbb\xbf\n <HTML lang=en>", b"<!-- x -->\n<html>"]
)
def test_a_web_page_instead_of_a_file_is_refused(page: bytes, shelf: Shelf, terms: Terms) -> None:
    with pytest.raises(Refused, match="is a web page, not a file to build from"):
        get(shelf.put("/code.tar.gz", page), terms)
    assert left(terms) == []


def test_what_breaks_off_is_not_taken_for_whole(shelf: Shelf, terms: Terms) -> None:
    shelf.answers["/code"] = Answer(CODE, length=len(CODE) + 1000)
    with pytest.raises(Unreachable, match=r"broke off: 1,000 of its bytes did not come"):
        get(shelf.address("/code"), terms)
    assert left(terms) == []


@pytest.mark.parametrize("length", [None, -1])
def test_more_than_there_is_room_for_is_not_taken(length: int | None, shelf: Shelf, terms: Terms) -> None:
    shelf.answers["/code"] = Answer(CODE, length=length)
    with pytest.raises(Broken, match=r"/code holds .*more than 500,000"):
        get(shelf.address("/code"), replace(terms, bytes=500_000))
    assert left(terms) == []


def test_what_drips_is_broken_off(shelf: Shelf, terms: Terms) -> None:
    shelf.answers["/code"] = Answer(CODE, pause=0.01)
    with pytest.raises(Broken, match="took longer than a build may"):
        fetch(shelf.address("/code"), terms, [].append, ends=time.monotonic() + 0.5)
    assert left(terms) == []


def test_redirects_are_followed_but_not_for_ever(shelf: Shelf, terms: Terms) -> None:
    shelf.put("/code", CODE)
    shelf.answers["/relative"] = Answer(status=302, headers={"Location": "/code?x=1 2"})
    assert get(shelf.address("/relative"), terms).read_bytes() == CODE
    shelf.answers["/loop"] = Answer(status=301, headers={"Location": "/loop"})
    with pytest.raises(Broken, match="redirects more than 5 times"):
        get(shelf.address("/loop"), terms)
    assert [path for path, _ in shelf.asked] == ["/relative", "/code?x=1%202", *["/loop"] * 6]


@pytest.mark.parametrize("there", ["http://localhost/x", "file:///etc/passwd"])
def test_no_redirect_leads_away_from_https(there: str, safe: Shelf, terms: Terms) -> None:
    safe.answers["/code"] = Answer(status=302, headers={"Location": there})
    with pytest.raises(Refused, match="away from https: that is not followed"):
        get(safe.address("/code"), terms)


def test_a_credential_goes_to_its_host_alone(safe: Shelf, terms: Terms, tmp_path: Path) -> None:
    terms = replace(terms, accesses=(TOKEN,))
    safe.put("/code", CODE)
    get(safe.address("/code"), terms)
    get(safe.address("/code", "127.0.0.1"), terms)
    assert [headers.get("Authorization") for _, headers in safe.asked] == ["Bearer s3cret-token", None]


def test_a_credential_does_not_survive_a_redirect_elsewhere_and_back(safe: Shelf, terms: Terms) -> None:
    terms = replace(terms, accesses=(TOKEN,))
    safe.put("/code", CODE)
    safe.answers["/here"] = Answer(status=302, headers={"Location": "/away"})
    safe.answers["/away"] = Answer(status=302, headers={"Location": safe.address("/back", "127.0.0.1")})
    safe.answers["/back"] = Answer(status=302, headers={"Location": safe.address("/code")})
    get(safe.address("/here"), terms)
    seen = [(path, headers.get("Authorization")) for path, headers in safe.asked]
    yes = "Bearer s3cret-token"
    assert seen == [("/here", yes), ("/away", yes), ("/back", None), ("/code", None)]


def test_a_password_goes_as_web_servers_want_it(safe: Shelf, terms: Terms) -> None:
    access = Access("localhost", "password", "anna", "geheim")
    get(safe.put("/code", CODE), replace(terms, accesses=(access,)))
    assert safe.asked[0][1]["Authorization"] == "Basic YW5uYTpnZWhlaW0="


def test_no_credential_goes_without_encryption(
    shelf: Shelf, terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aegir.drivers.network.is_public", lambda address: True)
    with pytest.raises(Refused, match="would go without encryption") as refusal:
        get(shelf.put("/code", CODE), replace(terms, private=False, accesses=(TOKEN,)))
    assert "s3cret" not in str(refusal.value)
    assert shelf.asked == []


def test_nothing_is_taken_from_the_environment(
    shelf: Shelf, terms: Terms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a proxy nor a password that lies about for other programs."""
    (tmp_path / ".netrc").write_text("machine localhost login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    get(shelf.put("/code", CODE), terms)
    assert "Authorization" not in shelf.asked[0][1]


def test_a_private_network_only_where_the_operator_lets_it(shelf: Shelf, terms: Terms) -> None:
    with pytest.raises(Refused, match=r"private network.*set sources_private"):
        get(shelf.put("/code", CODE), replace(terms, private=False))
    assert shelf.asked == []


def test_what_was_looked_at_is_what_is_connected_to(
    shelf: Shelf, terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is looked at, and private a moment later, leads nowhere."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr("aegir.drivers.network.is_public", lambda address: address == "192.0.2.1")
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises((Unreachable, Broken)):
        fetch(shelf.address("/x", "rebinding.example"), replace(terms, private=False), [].append,
              ends=time.monotonic() + 0.3)  # fmt: skip
    assert (asked, shelf.asked) == (["rebinding.example"], [])


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [(404, Refused, "There is nothing at"), (403, Refused, "name a credential"), (401, Refused, "credential"),
     (500, Unreachable, "now"), (503, Unreachable, "now"), (429, Unreachable, "now"), (204, Broken, "204")],
)  # fmt: skip
def test_every_answer_but_yes_is_named(
    status: int, kind: type[Exception], says: str, shelf: Shelf, terms: Terms
) -> None:
    shelf.answers["/code"] = Answer(status=status)
    with pytest.raises(kind, match=says):
        get(shelf.address("/code?token=s3cret"), terms)
    assert left(terms) == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x", "http://nowhere.invalid/x"])
def test_a_host_that_is_away_is_named(address: str, terms: Terms) -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1|nowhere\.invalid"):
        get(address, terms)


@pytest.mark.parametrize(
    "address",
    ["ftp://localhost/x", "https://anna:geheim@localhost/x", "https:///x", "http://[::1/x", "ext::sh -c id",
     "file://elsewhere/x", "https://localhost/a b", "relative/path", "http://localhost/\nX: y", ""],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str, terms: Terms) -> None:
    with pytest.raises(Refused) as refusal:
        get(address, terms)
    assert "geheim" not in str(refusal.value)


def test_what_may_be_a_secret_in_an_address_is_not_said(shelf: Shelf, terms: Terms) -> None:
    said: list[str] = []
    shelf.put("/code", CODE)
    get(shelf.address("/code?token=s3cret"), terms, said=said)
    assert said[0] == f"Fetching {shelf.address('/code')}?… …"
    assert "s3cret" not in "".join(said)


def test_a_file_of_this_machine(tmp_path: Path, terms: Terms) -> None:
    there = tmp_path / "some code.tar"
    there.write_bytes(CODE)
    for address in (str(there), f"file://{tmp_path}/some%20code.tar"):
        assert get(address, terms, checksum=SUM).read_bytes() == CODE


def test_what_is_no_file_of_this_machine_is_refused(tmp_path: Path, terms: Terms) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, says in (("pipe", "is not a file"), ("none", "there is nothing"), ("", "is not a file")):
        with pytest.raises(Refused, match=says):
            get(str(tmp_path / path), terms)
    assert left(terms) == []
