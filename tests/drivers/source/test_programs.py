"""Programs on foreign code, really run: what they see, what is said of them, and that they are over."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aegir.drivers.host import Completed
from aegir.drivers.host.local import Driver
from aegir.drivers.source import Access, Terms
from aegir.drivers.source.programs import HIDDEN, masking, run
from aegir.errors import Broken
from tests.live.normal_user import NORMAL_USER

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
USER = NORMAL_USER if os.geteuid() == 0 else None


@pytest.fixture
def into() -> Iterator[str]:
    """A directory that whoever the programs run as can reach, and nothing else is in."""
    place = tempfile.mkdtemp(prefix="aegir-build-", dir="/tmp")
    if USER:
        shutil.chown(place, USER)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def terms(tmp_path: Path) -> Terms:
    return Terms(cache=str(tmp_path), user=USER)


def running(pid: str) -> bool:
    """Whether it is there and no mere remains."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def go(script: str, into: str, terms: Terms, say: list[str] | None = None, **more: object) -> Completed:
    said = [] if say is None else say
    wanted = {"env": {}, "ends": time.monotonic() + 60, "say": said.append, **more}
    return run(Driver(), ["sh", "-c", script], into=into, terms=terms, **wanted)  # type: ignore[arg-type]


def test_it_runs_as_the_builder_at_a_home_that_is_gone_afterwards(into: str, terms: Terms) -> None:
    done = go('id -un; pwd; stat -c %a "$HOME"; echo "$HOME $TMPDIR"; touch "$HOME/x" made', into, terms)
    user, where, mode, homes = done.out.splitlines()
    assert user == (USER or Driver().run(["id", "-un"]).out.strip())
    assert (where, mode, homes) == (into, "700", f"{into}/.aegir-build {into}/.aegir-build")
    assert os.listdir(into) == ["made"]


def test_it_sees_nothing_of_this_process(into: str, terms: Terms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AEGIR_SECRET_OF_MINE", "x")
    seen = go("env", into, terms, env={"GIVEN": "1"}).out.splitlines()
    assert "GIVEN=1" in seen
    assert not [line for line in seen if "SECRET" in line]


def test_every_line_is_told_at_once_and_without_a_secret(into: str, terms: Terms) -> None:
    token, said = Access("example.org", "token", secret="t0k/en+x"), list[str]()
    terms = replace(terms, accesses=(token, Access("example.org", "key", secret=KEY)))
    spoken = f"got t0k/en+x\nt0k%2Fen%2Bx\na\rb\033[1mc\n{KEY.splitlines()[1]}\n"
    done = go("cat", into, terms, said, stdin=spoken)
    assert said == [f"got {HIDDEN}", HIDDEN, "bc", HIDDEN]
    assert "t0k" not in done.out


def test_a_failure_is_told_in_its_own_last_words_without_a_secret(into: str, terms: Terms) -> None:
    terms = replace(terms, accesses=(Access("example.org", "password", "anna", "geheim"),))
    with pytest.raises(Broken, match=f"^sh ended with code 3: fatal: anna:{HIDDEN} is wrong$"):
        go("cat >&2; exit 3", into, terms, stdin="fatal: anna:geheim is wrong\n")
    assert go("exit 3", into, terms, codes=(0, 3)).code == 3


def test_basic_authorization_is_hidden_too() -> None:
    hide = masking([Access("example.org", "password", "anna", "geheim")])
    assert hide("Authorization: Basic YW5uYTpnZWhlaW0=") == f"Authorization: Basic {HIDDEN}"


def test_a_secret_on_a_command_line_is_a_mistake_of_the_programmer(into: str, terms: Terms) -> None:
    terms = replace(terms, accesses=(Access("example.org", "token", secret="t0ken"),))
    with pytest.raises(ValueError, match="a secret was put on a command line"):
        go("echo t0ken", into, terms)


def test_nothing_outlives_it(into: str, terms: Terms) -> None:
    """Not even what made itself a session of its own and let go of every stream."""
    go(
        "setsid sh -c 'echo $$ > pid; exec sleep 300' >/dev/null 2>&1 & until [ -s pid ]; do :; done",
        into,
        terms,
    )
    assert not running(Path(into, "pid").read_text().strip())


def test_it_ends_in_time_with_all_that_it_started(into: str, terms: Terms) -> None:
    with pytest.raises(Broken, match=r"^sh took longer than a build may and was stopped"):
        go("sleep 300 & echo $! > pid; wait", into, terms, ends=time.monotonic() + 1)
    assert not running(Path(into, "pid").read_text().strip())
    with pytest.raises(Broken, match="no time left for sh"):
        go("true", into, terms, ends=time.monotonic() - 1)


def test_it_is_broken_off_when_it_makes_too_much(into: str, terms: Terms) -> None:
    endless = "n=0; while :; do n=$((n+1)); head -c 100000 /dev/zero > f$n; done"
    with pytest.raises(Broken, match="holds more than 5,000,000 bytes"):
        go(endless, into, replace(terms, bytes=5_000_000))
    with pytest.raises(Broken, match="holds more than 3 files"):
        go("touch a b c d", into, replace(terms, files=3))


def test_no_single_file_gets_larger_than_everything_may(into: str, terms: Terms) -> None:
    with pytest.raises(Broken, match=r"signal 25|File too large"):
        go("exec head -c 3000000 /dev/zero > big", into, replace(terms, bytes=1_000_000))
    assert Path(into, "big").stat().st_size <= 1_000_000


def test_a_program_that_is_not_there_is_named(into: str, terms: Terms) -> None:
    with pytest.raises(Broken, match="There is no program «no-such-thing»"):
        run(Driver(), ["no-such-thing"], into=into, terms=terms, env={}, ends=time.monotonic() + 60,
            say=[].append)  # fmt: skip
