"""Programs on foreign code: as somebody who owns nothing, at home nowhere, and over when they are over."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from aegir.drivers.host import Completed, Host, Stream
from aegir.drivers.host.process import no_program
from aegir.drivers.host.spawning import spoken
from aegir.drivers.source import Access, Say, Terms
from aegir.errors import Broken

HOME = ".aegir-build"
"""In the directory that is built, for as long as a program runs: home and temporary files of programs."""
HIDDEN = "«secret»"
SHORTEST_LINE = 12
"""Letters of a line of a key that are hidden wherever they are said; shorter ones are any word."""
LAST_LINES = 8
LONGEST = 2000
MISSING = 127
"""How ``prlimit`` ends when there is no such program."""
OVERHEAD = 20
"""How many times longer than measuring takes nothing is measured again."""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")


def run(
    host: Host,
    argv: Sequence[str],
    *,
    into: str,
    terms: Terms,
    env: Mapping[str, str],
    ends: float,
    say: Say,
    cwd: str | None = None,
    stdin: str | None = None,
    codes: Sequence[int] = (0,),
) -> Completed:
    """Run a program to its end as ``terms.user``, in ``cwd`` (``into`` unless said otherwise), with a HOME
    inside ``into`` that is gone afterwards.

    What it says goes to ``say`` line by line, and is in what is returned, with every secret of
    ``terms.accesses`` hidden. ``ends`` is when to give up, as ``time.monotonic()`` tells it. Broken for a
    code that is not among ``codes``, out of time, and for more in ``into`` than terms allow. Nothing that it
    started outlives it.
    """
    hide = masking(terms.accesses)
    if any(hide(part) != part for part in argv):
        raise ValueError("a secret was put on a command line")
    left = ends - time.monotonic()
    if left <= 0:
        raise Broken(f"There was no time left for {_name(argv)}.")

    def hear(stream: Stream, line: str) -> None:
        if line := plain(hide(line)):
            say(line)

    with at_home(host, into, terms) as home, _naming(argv, ends):
        done = host.run(
            ["prlimit", "--core=0", f"--fsize={terms.bytes}", "--", *argv],
            stdin=stdin,
            env={"HOME": home, "TMPDIR": home, "LC_ALL": "C.UTF-8", **env},
            user=terms.user,
            cwd=cwd or into,
            timeout=left,
            check=False,
            listener=hear,
            watch=watching(host, into, terms),
            leave=False,
        )
    check_size(host, into, terms)
    done = Completed(tuple(argv), done.code, hide(done.out), hide(done.err))
    if done.code == MISSING and f"failed to execute {argv[0]}" in done.err:
        raise no_program(argv[0])
    if done.code not in codes:
        raise ended_badly(done)
    return done


@contextmanager
def at_home(host: Host, into: str, terms: Terms) -> Iterator[str]:
    """A directory inside ``into`` for the programs alone, gone at the end; the one that is there already,
    within the block of another."""
    home = f"{into}/{HOME}"
    mine = host.stat(home) is None
    if mine:
        host.make_directory(home, mode=0o700, owner=terms.user)
    try:
        yield home
    finally:
        if mine:
            host.remove_tree(home)


@contextmanager
def _naming(argv: Sequence[str], ends: float) -> Iterator[None]:
    """Around a program that may be too slow: which one, rather than its whole command line."""
    try:
        yield
    except Broken:
        if time.monotonic() < ends:
            raise
        raise Broken(f"{_name(argv)} took longer than a build may and was stopped.") from None


def masking(accesses: Sequence[Access]) -> Callable[[str], str]:
    """What hides the secrets in a text, in whatever way programs write them."""
    found = {form for access in accesses for form in _forms(access) if form}
    if not found:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(each) for each in sorted(found, key=len, reverse=True)))
    return lambda text: pattern.sub(HIDDEN, text)


def plain(line: str) -> str:
    """A line of a program without what only a terminal understands; of progress shown in place the last."""
    return _CONTROL.sub("", line.rstrip("\r").rpartition("\r")[2]).rstrip()[:LONGEST]


def ended_badly(done: Completed) -> Broken:
    """What to say of a program that ended with a code other than those of a good end."""
    said = [plain(line) for line in (done.err.strip() or done.out.strip()).splitlines()]
    last = " / ".join([line for line in said if line][-LAST_LINES:])
    how = f"ended with code {done.code}" if done.code > 0 else f"was ended by signal {-done.code}"
    return Broken(f"{_name(done.argv)} {how}" + (f": {last}" if last else "."))


def watching(host: Host, into: str, terms: Terms) -> Callable[[], None]:
    """To be called often: raises Broken once there is more than terms allow."""
    again = 0.0

    def watch() -> None:
        nonlocal again
        began = time.monotonic()
        if began >= again:
            check_size(host, into, terms)
            again = time.monotonic() + OVERHEAD * (time.monotonic() - began)

    return watch


def check_size(host: Host, into: str, terms: Terms) -> None:
    """Raise Broken when there is more in ``into`` than terms allow."""
    size = host.tree_size(into)
    if size.bytes > terms.bytes:
        raise Broken(f"The code holds more than {terms.bytes:,} bytes: raise build_gibibytes to allow it.")
    if size.files > terms.files:
        raise Broken(f"The code holds more than {terms.files:,} files.")


def _forms(access: Access) -> Iterator[str]:
    """The ways in which a secret may be written."""
    secret = access.secret
    lines = [line.strip() for line in secret.splitlines()]
    if access.kind == "key":
        yield from (line for line in lines if len(line) >= SHORTEST_LINE and not line.startswith("-----"))
        return
    for text in (secret, f"{access.user}:{secret}", f"x-access-token:{secret}"):
        yield base64.b64encode(text.encode()).decode()
    yield from (secret, quote(secret, safe=""), quote(secret))


def _name(argv: Sequence[str]) -> str:
    """The command as people call it: the program and what it is to do."""
    words = [part for part in argv[1:] if re.fullmatch("[a-z][a-z-]+", part)][:1]
    return spoken([argv[0].rpartition("/")[2], *words])
