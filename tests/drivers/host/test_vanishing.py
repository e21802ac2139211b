"""A site is served while its files are copied: what PHP removes meanwhile is simply not in the copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aegir.drivers.host import TreeSize
from aegir.drivers.host.local import Driver
from aegir.errors import Broken

Meanwhile = Callable[[Path, Callable[[], None], bool], None]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A tree with one thing of each kind, and something that stays beside each."""
    top = tmp_path / "source"
    (top / "styles/large").mkdir(parents=True)
    (top / "styles/large/image").write_text("large")
    (top / "css").mkdir()
    (top / "css/page.css").write_text("page")
    (top / "link").symlink_to("css/page.css")
    (top / "stays").write_text("stays")
    return top


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Let something happen at the moment that a directory is listed: right after it, or right ``before``."""

    def arrange(directory: Path, happens: Callable[[], None], before: bool = False) -> None:
        honest = os.scandir

        @contextmanager
        def scandir(listed: int) -> Iterator[Iterator[os.DirEntry[str]]]:
            here = Path(os.readlink(f"/proc/self/fd/{listed}")) == directory
            if here:
                monkeypatch.undo()
            if here and before:
                happens()
            with honest(listed) as entries:
                found = list(entries) if here else entries
                if here and not before:
                    happens()
                yield iter(found)

        monkeypatch.setattr(os, "scandir", scandir)

    return arrange


def _below(top: Path) -> set[str]:
    return {str(path.relative_to(top)) for path in top.rglob("*")}


def _empty(source: Path) -> None:
    (source / "link").unlink()
    (source / "css/page.css").unlink()
    shutil.rmtree(source / "styles")


@pytest.mark.parametrize("refreshed", [False, True], ids=["copied", "refreshed"])
def test_what_is_removed_after_it_was_listed_is_not_in_the_copy(
    host: Driver, source: Path, tmp_path: Path, meanwhile: Meanwhile, refreshed: bool
) -> None:
    copy = tmp_path / "copy"
    if refreshed:
        host.copy_tree(str(source), str(copy))
        (source / "css/page.css").write_text("another page")
    meanwhile(source, lambda: _empty(source))

    (host.refresh_tree if refreshed else host.copy_tree)(str(source), str(copy))

    assert _below(copy) == {"css", "stays"}
    assert (copy / "stays").read_text() == "stays"


@pytest.mark.parametrize("changed", ["link", "css/page.css"])
def test_what_changed_and_then_went_is_taken_from_the_copy_too(
    host: Driver, source: Path, tmp_path: Path, meanwhile: Meanwhile, changed: str
) -> None:
    host.copy_tree(str(source), str(tmp_path / "copy"))
    os.utime(source / changed, ns=(1, 1), follow_symlinks=False)
    meanwhile((source / changed).parent, (source / changed).unlink)

    host.refresh_tree(str(source), str(tmp_path / "copy"))

    assert _below(tmp_path / "copy") == _below(source)
    assert changed not in _below(source)


@pytest.mark.parametrize("before", [True, False], ids=["not listed yet", "listed"])
def test_a_directory_may_go_while_one_is_in_it(
    host: Driver, source: Path, meanwhile: Meanwhile, before: bool
) -> None:
    meanwhile(source / "styles/large", lambda: shutil.rmtree(source / "styles"), before)
    host.copy_tree(str(source), f"{source}-copied")
    assert _below(Path(f"{source}-copied")) == {"css", "css/page.css", "link", "stays"}

    meanwhile(source / "css", lambda: shutil.rmtree(source / "css"), before)
    host.refresh_tree(str(source), f"{source}-copied")
    assert _below(Path(f"{source}-copied")) == {"link", "stays"}


@pytest.mark.parametrize("refreshed", [False, True], ids=["copied", "refreshed"])
def test_a_tree_that_goes_as_a_whole_is_an_error(
    host: Driver, source: Path, tmp_path: Path, meanwhile: Meanwhile, refreshed: bool
) -> None:
    if refreshed:
        host.copy_tree(str(source), str(tmp_path / "copy"))
    meanwhile(source, lambda: shutil.rmtree(source), True)

    with pytest.raises(Broken, match=f"Could not copy {source} to {tmp_path}/copy: there is nothing there"):
        (host.refresh_tree if refreshed else host.copy_tree)(str(source), str(tmp_path / "copy"))

    assert refreshed or not (tmp_path / "copy").exists()


def test_a_copy_that_somebody_takes_away_is_an_error(
    host: Driver, source: Path, tmp_path: Path, meanwhile: Meanwhile
) -> None:
    meanwhile(source, lambda: shutil.rmtree(tmp_path / "copy"))

    with pytest.raises(Broken, match="there is nothing there"):
        host.copy_tree(str(source), str(tmp_path / "copy"))

    assert len(_below(source)) == 7


def test_what_goes_while_a_tree_is_measured_does_not_count(
    host: Driver, source: Path, meanwhile: Meanwhile
) -> None:
    meanwhile(source, lambda: _empty(source))

    assert host.tree_size(str(source)) == TreeSize(len("stays"), 1)
