"""``aegir platform make --check``: a makefile read where it lies, without a panel."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from aegir.cli import main

GOOD = """core = 7.x
api = 2
includes[] = base.make
includes[] = https://x.example/more.make
projects[tao][type] = theme
projects[tao][download][tag] = 1.0
projects[tao][download][url] = https://x.example/tao.git
libraries[editor][download][url] = https://x.example/editor.zip?token=s3cret
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["platform", "make", *words])


def test_it_shows_what_would_be_fetched_and_where_it_would_go(tmp_path: Path) -> None:
    (tmp_path / "base.make").write_text("projects[drupal] = 7.105\nprojects[views] = 3.29\n")
    (tmp_path / "site.make").write_text(GOOD)
    done = run("--check", str(tmp_path / "site.make"))
    assert done.exit_code == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["NAME", "TYPE", "VERSION", "FROM", "PLACE"],
        ["drupal", "core", "7.105", "Drupal.org", "."],
        ["views", "as", "released", "3.29", "Drupal.org", "by", "its", "type"],
        ["tao", "theme", "git", "https://x.example/tao.git", "1.0", "sites/all/themes/tao"],
        ["editor", "library", "file", "https://x.example/editor.zip?…", "sites/all/libraries/editor"],
    ]
    assert done.stderr == (
        f"{tmp_path}/site.make:4: «https://x.example/more.make» is read when it is built.\n"
    )
    shown = json.loads(run("--check", str(tmp_path / "site.make"), "--json").stdout)
    assert shown["projects"][1] | {} == {
        "name": "views",
        "type": "as released",
        "version": "3.29",
        "from": "Drupal.org",
        "place": "by its type",
        "patches": [],
        "file": f"{tmp_path}/base.make",
        "line": 2,
    }


def test_every_mistake_is_told_with_file_and_line(tmp_path: Path) -> None:
    makefile = tmp_path / "site.make"
    makefile.write_text("core = 7.x\napi = 3\nprojects[] = drupal\nprojects[x][subdir] = /etc\n")
    done = run("--check", str(makefile))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"{makefile}:2: «api» must be 2: other makefiles are not understood.",
        f"{makefile}:4: «subdir» leads elsewhere: name a directory below the code.",
    ]
    told = json.loads(run("--check", str(makefile), "--json").stdout)["mistakes"]
    assert [each["line"] for each in told] == [2, 4]


def test_a_part_is_no_whole(tmp_path: Path) -> None:
    makefile = tmp_path / "drupal-org.make"
    makefile.write_text("core = 7.x\napi = 2\nprojects[views][version] = 3.29\n")
    assert run("--check", str(makefile)).exit_code == 0  # views may turn out to be a core
    makefile.write_text("api = 2\nprojects[views] = 3.29\n")
    assert "does not say its «core»" in run("--check", str(makefile)).stderr
    assert run("--check", "--part", str(makefile)).exit_code == 0


def test_other_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.make").write_text("")
    for words, sentence in (
        ([str(tmp_path / "x.make")], "use «aegir platform add NAME --make"),
        (["--check", str(tmp_path / "gone.make")], "there is no such file"),
        (["--check", str(tmp_path)], "it is not a file"),
        (["--check", "https://x.example/site.make"], "Only a makefile on this machine is checked"),
    ):
        done = run(*words)
        assert done.exit_code == 2
        assert sentence in done.stderr
