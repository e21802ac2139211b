"""git repositories over a real SSH server: who is let in, which host is believed, and where the key lies."""

from __future__ import annotations

import pwd
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aegir.drivers.source import Access, Source, known_hosts
from aegir.errors import Broken, Refused, Unreachable
from tests.contracts.sources import BUILDER, Ground, content, folder, git, repository, written
from tests.live.sshd import USER, Sshd, make_key, sshd


@pytest.fixture
def ground() -> Iterator[Ground]:
    with folder() as place:
        (place / "source").mkdir()
        code = repository(written(place / "source/code"))
        yield Ground("git", place, Source("git", str(code)))


@pytest.fixture
def server(ground: Ground) -> Iterator[Sshd]:
    with sshd(ground.folder / "source") as server:
        ground.source = Source("git", server.address("code"))
        ground.accesses = (Access("localhost", "key", "git", server.key),)
        yield server


def known(ground: Ground) -> str:
    path = ground.folder / "cache/git/known_hosts"
    return path.read_text() if path.exists() else ""


def wait(there: Callable[[], object]) -> None:
    ends = time.monotonic() + 60
    while not there():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_code_comes_by_a_key_and_the_key_goes(ground: Ground, server: Sshd) -> None:
    """Submodules too, and whatever was fetched before is not fetched again."""
    inner, code = repository(written(ground.folder / "source/inner")), ground.folder / "source/code"
    git("submodule", "--quiet", "add", str(inner), "libs/in", at=code)
    git("config", "--file", ".gitmodules", "submodule.libs/in.url", "../inner", at=code)
    git("commit", "--quiet", "--all", "--message=submodule", at=code)
    into, built = ground.build()
    assert (into / "libs/in/index.php").is_file()
    assert built.facts["commit"] == git("rev-parse", "HEAD", at=code)
    assert {each.split()[0] for each in server.asked} == {"git-upload-pack"}
    assert not [name for name in content(into) if name.startswith(".aegir")]
    before = len(server.asked)
    ground.build()
    # One look at what the branch is now; a submodule's commit needs none.
    assert len(server.asked) == before + 1
    everything = [path.read_bytes() for path in ground.folder.rglob("*") if path.is_file()]
    line = server.key.splitlines()[2]
    assert not [text for text in everything if line.encode() in text]
    assert line not in "".join(ground.said)


def test_the_user_of_the_address_or_of_the_credential_signs_in(ground: Ground, server: Sshd) -> None:
    ground.accesses = (replace(ground.accesses[0], user=USER),)
    ground.build(replace(ground.source, location=ground.source.location.replace(f"{USER}@", "")))
    assert f"Accepted publickey for {USER}" in server.log


def test_while_it_is_used_the_key_is_nobodys_but_the_programs(ground: Ground, server: Sshd) -> None:
    """On no command line and in no environment; in one file, closed to all others."""
    into, line = ground.into(), server.key.splitlines()[2]
    failed: list[BaseException] = []

    def build() -> None:
        try:
            ground.driver.build(ground.source, str(into), ground.terms(), ground.said.append)
        except BaseException as error:
            failed.append(error)

    with server.waiting():
        building = threading.Thread(target=build)
        building.start()
        wait(lambda: server.asked or failed)
        key = into / ".aegir-build/key"
        seen = key.stat()
        assert line in key.read_text()
        programs = [*Path("/proc").glob("[0-9]*")]
        told = [_read(path / name) for path in programs for name in ("cmdline", "environ")]
    building.join(60)
    assert not failed
    assert (seen.st_mode & 0o777, pwd.getpwuid(seen.st_uid).pw_name) == (0o600, BUILDER or USER)
    assert [text for text in told if b"git-upload-pack" in text], "somebody was at work"
    assert not [text for text in told if line.encode() in text]
    assert not key.exists()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_who_has_no_key_or_a_wrong_one_is_told_so(ground: Ground, server: Sshd, tmp_path: Path) -> None:
    ground.accesses = ()
    with pytest.raises(Refused, match="not open to Aegir: name a credential for localhost"):
        ground.build()
    assert "Failed publickey" not in server.log, "no key is tried that nobody named"
    ground.accesses = (Access("localhost", "key", "", make_key(tmp_path / "wrong")),)
    with pytest.raises(Refused, match="localhost does not take the key that it was given") as refusal:
        ground.build()
    assert "\n" not in str(refusal.value)
    assert "Failed publickey" in server.log
    ground.accesses = (Access("example.org", "key", "", server.key),)
    with pytest.raises(Refused, match="name a credential for localhost"):
        ground.build()
    assert server.asked == []


def test_a_host_is_taken_at_its_word_once(ground: Ground, server: Sshd) -> None:
    ground.build()
    assert known(ground).startswith(f"[localhost]:{server.port} ssh-ed25519 ")
    for kind in ("ed25519", "ecdsa"):
        server.new_key(kind)  # type: ignore[arg-type]
        with pytest.raises(Refused, match=r"host key .* is not the one that is known") as refusal:
            ground.build()
        assert "\n" not in str(refusal.value)
    # What the sentence says is what helps.
    command = str(refusal.value).rpartition("«")[2].partition("»")[0]
    subprocess.run(shlex.split(command), check=True, capture_output=True)
    ground.build()
    assert "ecdsa" in known(ground)


def test_hosts_that_builds_at_the_same_time_met_are_all_known(ground: Ground, server: Sshd) -> None:
    """And a cache of copies that goes does not make another host of one."""
    home = ground.folder / "home"
    home.mkdir()
    host, terms = ground.driver._host, ground.terms()  # type: ignore[attr-defined]
    for line in ("a ssh-rsa AAAA", "b ssh-rsa BBBB"):
        (home / "known_hosts").write_text(line)
        known_hosts.keep(host, str(home), terms)
        known_hosts.keep(host, str(home), terms)
    assert known(ground) == "a ssh-rsa AAAA\nb ssh-rsa BBBB\n"
    ground.build()
    assert known(ground).count("\n") == 3


def test_what_is_wrong_there_is_said(ground: Ground, server: Sshd) -> None:
    with pytest.raises(Refused, match=r"There is no git repository at ssh://localhost.*/none"):
        ground.build(replace(ground.source, location=server.address("none")))
    with pytest.raises(Refused, match="no branch, tag or commit «nothing»: it has main"):
        ground.build(replace(ground.source, reference="nothing"))
    server.stop()
    with pytest.raises(Unreachable, match="cannot be reached now"):
        ground.build()


def test_a_build_that_takes_too_long_leaves_no_key(ground: Ground, server: Sshd) -> None:
    into = ground.into()
    with server.waiting(), pytest.raises(Broken, match=r"longer than a build may|no time left"):
        ground.driver.build(ground.source, str(into), ground.terms(seconds=3.0), ground.said.append)
    assert list(into.rglob("*key*")) == []
