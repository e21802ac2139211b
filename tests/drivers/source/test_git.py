"""git repositories over a real web server: what is asked of it, with what, and what is not followed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aegir.drivers.host.local import Driver as Host
from aegir.drivers.source import Access, Built, Source, remotes
from aegir.drivers.source.git import Driver
from aegir.errors import Broken, Refused, Unreachable
from tests.contracts.sources import BUILDER, Ground, folder, git, repository, written
from tests.live.repositories import Forge, forging

LOGIN = Access("localhost", "password", "anna", "s3cret-geheim")


@pytest.fixture
def ground() -> Iterator[Ground]:
    with folder() as place:
        (place / "source").mkdir()
        code = repository(written(place / "source/code"))
        git("tag", "--annotate", "--message=v", "1.0", at=code)
        git("branch", "feature/a", at=code)
        (code / "index.php").write_text("<?php // two\n")
        git("commit", "--quiet", "--all", "--message=two", at=code)
        yield Ground("git", place, Source("git", str(code)))


@pytest.fixture
def forge(ground: Ground) -> Iterator[Forge]:
    with forging(ground.folder / "source") as forge:
        yield forge


def code(ground: Ground) -> Path:
    return ground.folder / "source/code"


def head(ground: Ground, reference: str) -> str:
    return git("rev-parse", f"{reference}^{{commit}}", at=code(ground))


def get(ground: Ground, location: str, reference: str = "", **more: object) -> tuple[Path, Built]:
    return ground.build(Source("git", location, reference), **more)


@pytest.mark.parametrize("reference", ["", "main", "feature/a", "1.0", "refs/tags/1.0", "HEAD"])
def test_a_branch_or_tag_is_what_it_is_there(reference: str, ground: Ground, forge: Forge) -> None:
    into, built = get(ground, forge.address("code"), reference)
    assert built.facts["commit"] == head(ground, reference or "main")
    assert ("two" in (into / "index.php").read_text()) == (reference in ("", "main", "HEAD"))


def test_a_commit_is_found_whether_or_not_it_is_handed_out_alone(ground: Ground, forge: Forge) -> None:
    old = head(ground, "1.0")
    for address in (forge.address("code"), str(code(ground))):
        for wanted in (old, old[:9]):
            shutil.rmtree(ground.folder / "cache", ignore_errors=True)
            into, built = get(ground, address, wanted)
            assert built.facts["commit"] == old
            assert "two" not in (into / "index.php").read_text()


def test_what_is_not_there_is_named_with_what_is(ground: Ground, forge: Forge) -> None:
    for wanted in ("no-such", "0" * 40, "abcdef1"):
        with pytest.raises(
            Refused, match=f"no branch, tag or commit «{wanted}»: it has feature/a, main, 1.0"
        ):
            get(ground, forge.address("code"), wanted)
    with pytest.raises(Refused, match=r"There is no git repository at http://localhost.*/none"):
        get(ground, forge.address("none"))
    with pytest.raises(Refused, match="There is no git repository at"):
        get(ground, str(ground.folder / "cache-of-nobody"))


def test_a_second_build_fetches_only_what_is_new(ground: Ground, forge: Forge) -> None:
    get(ground, forge.address("code"), "main")
    forge.asked.clear()
    get(ground, forge.address("code"), "main")
    assert not [line for line, _ in forge.asked if "git-upload-pack HTTP" in line and "info" in line][1:]
    assert "was fetched before" in ground.said[-1]
    (code(ground) / "new.txt").write_text("new")
    git("add", "--all", at=code(ground))
    git("commit", "--quiet", "--message=three", at=code(ground))
    into, built = get(ground, forge.address("code"), "main")
    assert (into / "new.txt").exists()
    assert built.facts["commit"] == head(ground, "main")
    counted = next(line for line in reversed(ground.said) if line.startswith("remote: Total"))
    assert "Total 3 " in counted or "Total 2 " in counted, counted


def test_only_who_is_let_in_gets_it_and_no_other_host_hears_of_it(ground: Ground, forge: Forge) -> None:
    forge.login = f"{LOGIN.user}:{LOGIN.secret}"
    with pytest.raises(Refused, match="is not open to Aegir: name a credential for localhost"):
        get(ground, forge.address("code"))
    ground.accesses = (LOGIN,)
    get(ground, forge.address("code"))
    forge.asked.clear()
    with pytest.raises(Refused, match="name a credential") as refusal:
        get(ground, forge.address("code", "127.0.0.1"))
    assert {given for _, given in forge.asked} == {""}
    assert "s3cret" not in "".join(ground.said) + str(refusal.value)


def test_a_token_goes_as_forges_want_it(ground: Ground, forge: Forge) -> None:
    forge.login = "x-access-token:s3cret-t0ken"
    ground.accesses = (Access("localhost", "token", secret="s3cret-t0ken"),)
    get(ground, forge.address("code"))
    assert "s3cret" not in "".join(ground.said)


def test_no_secret_goes_without_encryption(
    ground: Ground, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aegir.drivers.network.is_public", lambda address: True)
    ground.accesses = (LOGIN,)
    with pytest.raises(Refused, match="would go without encryption"):
        get(ground, forge.address("code"), private=False)
    assert forge.asked == []


def test_a_private_network_only_where_the_operator_lets_it(ground: Ground, forge: Forge) -> None:
    for address in (forge.address("code"), "ssh://git@127.0.0.1/code", "git@localhost:code"):
        with pytest.raises(Refused, match="private network"):
            get(ground, address, private=False)
    assert forge.asked == []


def test_it_goes_where_it_looked(ground: Ground, forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    """git itself does not resolve the name again: it goes to the address that was judged."""
    import socket

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", forge.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    get(ground, forge.address("code", "only-known-here.example"))
    assert forge.asked


def test_no_redirect_is_followed(ground: Ground, forge: Forge) -> None:
    with forging(ground.folder / "source") as other:
        forge.redirect = other.address("")[:-1]
        with pytest.raises((Refused, Broken, Unreachable)):
            get(ground, forge.address("code"))
        assert other.asked == []


def test_submodules_come_too_by_relative_addresses_as_well(ground: Ground, forge: Forge) -> None:
    inner = repository(written(ground.folder / "source/inner"))
    deeper = ground.folder / "source/deeper"
    deeper.mkdir()
    repository(deeper)
    for address, at, place in (
        ("../deeper", inner, "deep"),
        (forge.address("inner"), code(ground), "libs/in"),
    ):
        absolute = address if "://" in address else forge.address("deeper")
        git("submodule", "--quiet", "add", absolute, place, at=at)
        git("config", "--file", ".gitmodules", f"submodule.{place}.url", address, at=at)
        git("commit", "--quiet", "--all", "--message=submodule", at=at)
        if at == inner:
            continue
    into, built = get(ground, forge.address("code"))
    assert (into / "libs/in/index.php").is_file()
    assert built.facts["submodules"] == {
        "libs/in": git("rev-parse", "HEAD", at=inner),
        "libs/in/deep": git("rev-parse", "HEAD", at=deeper),
    }
    assert not list(into.rglob(".git"))
    source = Source("git", forge.address("code"), submodules=False)
    without, _ = ground.build(source)
    assert not (without / "libs/in/index.php").exists()


@pytest.mark.parametrize(
    "address",
    ["/etc", "file:///etc", "ext::sh -c id", "--upload-pack=id", "git://localhost/x", "../../../../etc"],
)
def test_a_submodule_leads_to_no_path_and_no_program(address: str, ground: Ground, forge: Forge) -> None:
    at = code(ground)
    repository(written(ground.folder / "source/inner"))
    git("submodule", "--quiet", "add", forge.address("inner"), "in", at=at)
    git("config", "--file", ".gitmodules", "submodule.in.url", address, at=at)
    git("commit", "--quiet", "--all", "--message=submodule", at=at)
    with pytest.raises((Refused, Unreachable, Broken)):
        get(ground, forge.address("code"))


def test_what_a_repository_says_of_itself_runs_nothing(ground: Ground) -> None:
    """Neither its hooks nor filters that its attributes name."""
    at, ran = code(ground), ground.folder / "ran"
    hook = at / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    git("config", "uploadpack.packObjectsHook", f"touch {ran}", at=at)
    git("config", "core.fsmonitor", f"touch {ran}", at=at)
    (at / ".gitattributes").write_text("* filter=evil\n")
    git("config", "filter.evil.smudge", f"touch {ran}", at=at)
    git("add", ".gitattributes", at=at)
    git("commit", "--quiet", "--message=evil", at=at)
    ran.unlink(missing_ok=True)
    ground.folder.chmod(0o777)
    get(ground, str(at))
    assert not ran.exists()


def test_a_repository_that_the_builder_cannot_read_is_said(ground: Ground) -> None:
    if BUILDER is None:
        pytest.skip("Whoever builds is whoever runs the tests: nothing is closed to him.")
    (ground.folder / "source").chmod(0o700)
    with pytest.raises(Refused, match=r"nobody, who fetches code, cannot read .* keeps him out"):
        get(ground, str(code(ground)))


def test_a_key_lies_where_only_the_program_reads_it(tmp_path: Path) -> None:
    """And ssh goes to the judged address, under the name whose key is known, asking nobody."""
    terms = replace(Ground("git", tmp_path, Source("git", "/x")).terms(), user=None,
                    accesses=(Access("localhost", "key", "git", "-----BEGIN KEY-----\nabc"),))  # fmt: skip
    remote = remotes.parsed("ssh://localhost:2222/code.git")
    env = remotes.environment(remote, terms, Host(), str(tmp_path))
    key = tmp_path / "key"
    assert (key.read_text(), key.stat().st_mode & 0o777) == ("-----BEGIN KEY-----\nabc\n", 0o600)
    command = env["GIT_SSH_COMMAND"]
    for part in (f"-i {key}", "-l git", "HostName=", "'HostKeyAlias=[localhost]:2222'", "BatchMode=yes",
                 "StrictHostKeyChecking=accept-new", "IdentityAgent=none", "-F none"):  # fmt: skip
        assert part in command
    assert "abc" not in command


@pytest.mark.parametrize(
    ("text", "protocol", "host"),
    [
        ("https://Git.Example.org/a.git", "https", "git.example.org"),
        ("ssh://git@example.org:2222/a", "ssh", "example.org"),
        ("git@example.org:a/b.git", "ssh", "example.org"),
        ("example.org:a", "ssh", "example.org"),
        ("/srv/a", "path", ""),
        ("file:///srv/a%20b", "path", ""),
    ],
)
def test_addresses_are_understood(text: str, protocol: str, host: str) -> None:
    found = remotes.parsed(text)
    assert (found.protocol, found.host) == (protocol, host)


@pytest.mark.parametrize(
    "text",
    ["ext::sh -c id", "ext::id", "fd::17", "git://example.org/a", "ftp://example.org/a",
     "-oProxyCommand=id:a",      "ssh://-oProxyCommand=id/a", "https://a:b@example.org/a", "https://a@example.org/a",
     "ssh://a:b@example.org/x",      "file://elsewhere/a",
     "https://example.org", "https://example.org/-x",
     "rel/ative", "a::b", "https://[x/a"],
)  # fmt: skip
def test_addresses_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        remotes.parsed(text)


@pytest.mark.parametrize(
    ("base", "other", "there"),
    [
        ("https://example.org/a/b.git", "../c.git", "https://example.org/a/c.git"),
        ("https://example.org/a/b", "../../c", "https://example.org/c"),
        ("https://example.org/a", "./b", "https://example.org/a/b"),
        ("git@example.org:a/b", "../c", "git@example.org:a/c"),
        ("git@example.org:a", "../c", "git@example.org:c"),
        ("/srv/a", "../b", "/srv/b"),
    ],
)
def test_relative_addresses_lead_where_git_says(base: str, other: str, there: str) -> None:
    assert remotes.parsed(base).joined(other) == there


def test_a_commit_has_no_checksum() -> None:
    with pytest.raises(Refused, match="name a commit instead"):
        Driver(Host()).check(Source("git", "/x", checksum=f"sha256:{'0' * 64}"))
