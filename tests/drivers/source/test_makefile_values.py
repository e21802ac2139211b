"""What makefiles mean, and every mistake that is found in them, each in its file and line."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from aegir import drivers
from aegir.drivers.host.local import Driver as LocalHost
from aegir.drivers.source import Source
from aegir.drivers.source.makefile import Makefile, WrongMakefile
from aegir.drivers.source.makefile_check import check
from aegir.errors import Refused
from tests.live.normal_user import being_normal_user


@pytest.fixture
def write(tmp_path: Path) -> type[Written]:
    return type("Here", (Written,), {"folder": tmp_path})


class Written:
    """Makefiles in a folder."""

    folder: Path

    def __init__(self, text: str, name: str = "site.make") -> None:
        self.path = self.folder / name
        self.path.write_text(text)

    def check(self) -> Makefile:
        return check(str(self.path))

    def mistakes(self) -> list[str]:
        with pytest.raises(WrongMakefile) as wrong:
            self.check()
        return [str(remark).removeprefix(f"{self.folder}/") for remark in wrong.value.remarks]


START = "core = 7.x\napi = 2\nprojects[] = drupal\n"


def test_both_languages_mean_the_same(write: type[Written]) -> None:
    ini = write(
        START + "defaults[projects][subdir] = contrib\nprojects[views] = 3.29\nprojects[data][type] = theme\n"
        "projects[data][download][tag] = 1.0\nprojects[data][subdir] = own\ntranslations[] = de\n"
        "libraries[x][download][type] = get\nlibraries[x][download][url] = https://x.example/x.zip\n"
    ).check()
    yaml = write(
        "core: 7.x\napi: '2'\ndefaults: {projects: {subdir: contrib}}\ntranslations: [de]\nprojects:\n"
        "  drupal: {version: ~}\n  views: 3.29\n  data: {type: theme, subdir: own, download: {tag: 1.0}}\n"
        "libraries:\n  x: {download: {type: get, url: 'https://x.example/x.zip'}}\n",
        "site.make.yml",
    ).check()
    assert (yaml.core, yaml.translations, yaml.major) == (ini.core, ini.translations, ini.major)
    shown = [
        [
            (each.name, each.kind, each.version, each.subdir, each.download and each.download.reference)
            for each in makefile.projects
        ]
        for makefile in (ini, yaml)
    ]
    assert shown[0] == shown[1]
    assert shown[0][2] == ("data", "theme", "", "own", "1.0")
    assert [each.download and each.download.address for each in ini.libraries] == ["https://x.example/x.zip"]


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("api = 2\n", ["1: the makefile does not say its «core», as in «core = 7.x».",
                       "1: the makefile has no core: add «projects[] = drupal»."]),
        (START.replace("7.x", "seven"), ["1: «core» is a version of Drupal, such as 7.x or 10.x."]),
        (START.replace("2", "1"), ["2: «api» must be 2: other makefiles are not understood."]),
        (START + "projects[views][subdir] = ../x\nprojects[views][directory_name] = /x\n",
         ["4: «subdir» leads elsewhere: name a directory below the code.",
          "5: «directory_name» leads elsewhere: name a directory below the code."]),
        (START + "projects[views][type] = modul\n",
         ["4: the types of project are «core», «module», «theme», «profile» and «translation»."]),
        (START + "projects[../x] = 1.0\n", ["4: «../x» is not the name of one of the projects."]),
        (START + "projects[views] = 1 or 2\n", ["4: «1 or 2» is not a version of views."]),
        (START + "projects[] = views\nprojects[views][subdir] = x\n",
         ["4: «views» stands in line 5 too: name a project once."]),
        (START + "projects[a][type] = core\n", ["4: a is a second core, beside drupal."]),
        *((START + f"projects[x][download][type] = {kind}\nprojects[x][download][url] = https://x.example\n",
           [f"4: {sentence}"]) for kind, sentence in {
               "svn": "Subversion is not fetched from: name an archive of it («get»), or a git mirror.",
               "bzr": "Bazaar is not fetched from: name an archive of it («get»), or a git repository.",
               "cvs": "CVS is not fetched from: the projects of Drupal.org live in git now.",
               "ftp": "the types of download are «get», «file», «git» and «copy».",
           }.items()),
        (START + "projects[x][download][url] = git://x.example/x.git\n",
         ["4: nothing is fetched by git://: write https:// instead."]),
        (START + "libraries[x][download][url] = ftp://x.example/x.zip\n",
         ["4: nothing is fetched by ftp://: write https:// instead."]),
        (START + "libraries[x][download][type] = pm\n",
         ["4: the types of download are «get», «file», «git» and «copy»."]),
        (START + "projects[x][download][type] = get\n", ["4: the download has no address («url»)."]),
        (START + 'projects[x][download][type] = git\nprojects[x][download][url] = ""\n',
         ["5: the download has no address («url»)."]),
        (START + "projects[x][download][branch] = --upload-pack=x\n",
         ["4: this is no branch of a repository."]),
        (START + "projects[x][download][type] = get\nprojects[x][download][url] = https://x.example/x\n"
         "projects[x][download][md5] = 123\nprojects[x][download][subtree] = ../..\n",
         ["6: «md5» has 32 hexadecimal digits.",
          "7: «subtree» leads elsewhere: name what lies in the download."]),
        (START + "projects[views][patch][] =\n", ["4: the patch has no address."]),
        (START + "libraries[x][destination] = libraries\n", ["4: the library x has no «download»."]),
        (START + "projects[views][location] = /srv\n", ["4: «location» must be an address: https://…"]),
        (START + "translations[] = ../de\n",
         ["4: «translations» holds codes of languages, such as de or pt-br."]),
        (START + "includes[] = gone.make\n",
         ["4: the makefile {}/gone.make is not there to be read: there is no such file."]),
        (START + "includes[] = .\n", ["4: the makefile {} is not there to be read: it is not a file."]),
        (START + "projects = views\n", ["1: the makefile has no core: add «projects[] = drupal».",
                                        "4: «projects» holds names, each with what is said of it."]),
    ],
)  # fmt: skip
def test_mistakes(text: str, mistakes: list[str], write: type[Written]) -> None:
    expected = [f"site.make:{each.format(write.folder)}" for each in mistakes]
    assert write(text).mistakes() == expected


def test_a_lock_file_names_releases_in_full(write: type[Written]) -> None:
    made = write(
        START + "projects[views][download][type] = pm\nprojects[views][download][full_version] = 7.x-3.29\n"
        "projects[x][download][revision] = 0123456\nprojects[x][download][full_version] = 7.x-1.x-dev\n"
    ).check()
    shown = [(each.name, each.version, each.download is None) for each in made.projects]
    assert shown == [("drupal", "", True), ("views", "7.x-3.29", True), ("x", "7.x-1.x-dev", False)]


def test_a_mistake_in_an_included_file_names_that_file(write: type[Written]) -> None:
    write("projects[views][subdir] = /x\n", "base.make")
    assert write(START + "includes[] = base.make\n").mistakes() == [
        "base.make:1: «subdir» leads elsewhere: name a directory below the code."
    ]


def test_what_means_nothing_is_told_and_what_may_be_meant(write: type[Written]) -> None:
    made = write(START + "projects[webform][vesion] = 3.2\noptions[working-copy] = TRUE\nfoo = 1\n").check()
    assert [str(each).rpartition("/")[2] for each in made.warnings] == [
        "site.make:6: «foo» means nothing in a makefile.",
        "site.make:4: «vesion» means nothing in a project: perhaps «version» is meant.",
        "site.make:5: the option «working-copy» is not taken: "
        "no repository stays in a platform: its code is never changed in place.",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"core = 7.x\nprojects[x] = \xff\n", "site.make:2: this is no text in UTF-8."),
        (b"#" * (257 << 10), "site.make:1: a makefile of more than 262,144 bytes is not read."),
        (b"core = 7.x\nprojects[] =\n", "site.make:2: «projects[]» names no project."),
        (b"core = 7.x\nincludes[a][makefile] = x\n",
         "site.make:2: a makefile of a repository needs «makefile» and a «download» by git."),
        (b"core = 7.x\n" + b"includes[] = part.make\n" * 201, "more than 200 makefiles are included."),
    ],
)  # fmt: skip
def test_files_that_are_not_read(content: bytes, sentence: str, write: type[Written]) -> None:
    made = write("")
    made.path.write_bytes(content)
    write("projects[views] = 3.29\n", "part.make")
    (mistake,) = made.mistakes()
    assert mistake.endswith(sentence)


def test_options_that_are_not_sensible_are_told(write: type[Written]) -> None:
    made = write(START + "options[concurrency] = 99\noptions[no-gitinfofile] = 1\n").check()
    assert (made.options.at_once, made.options.info_files) == (4, "none")
    assert [remark.sentence for remark in made.warnings] == ["«concurrency» is a number from 1 to 8."]


def test_what_lies_elsewhere_is_not_looked_into(write: type[Written]) -> None:
    made = write("core = 7.x\napi = 2\nincludes[] = https://x.example/base.make\n").check()
    assert [remark.place.line for remark in made.unread] == [3]


def test_a_part_of_a_makefile_needs_no_core(write: type[Written]) -> None:
    made = check(str(write("projects[views] = 3.29\n").path), whole=False)
    assert [each.name for each in made.projects] == ["views"]


@pytest.mark.parametrize(
    ("source", "field"),
    [
        (Source("make", "site.make"), "location"),
        (Source("make", "/nowhere/site.make"), "location"),
        (Source("make", "https://x.example/site.make", reference="main"), "reference"),
        (Source("make", "https://x.example/site.make", checksum="md5"), "checksum"),
        (Source("make", "ftp://x.example/site.make"), None),
    ],
)
def test_the_driver_refuses_what_cannot_be_right(source: Source, field: str | None) -> None:
    with pytest.raises(Refused) as refused:
        drivers.load("source", "make")(LocalHost()).check(source)
    assert refused.value.field == field


def test_what_only_the_builder_of_it_may_read_is_left_to_him(write: type[Written]) -> None:
    made = write(START + "includes[] = base.make\n").path
    (made.parent / "base.make").write_text("nonsense")
    driver = drivers.load("source", "make")(LocalHost())
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        folder.chmod(0o755)
        for name, mode in (("site.make", 0o644), ("base.make", 0o600)):
            shutil.copyfile(made.parent / name, folder / name)
            (folder / name).chmod(mode)
        with being_normal_user():
            if os.access(folder / "base.make", os.R_OK, effective_ids=True):
                pytest.skip("this user may read everything that he wrote")
            driver.check(Source("make", str(folder / "site.make")))
        (folder / "site.make").chmod(0o600)
        with being_normal_user():
            driver.check(Source("make", str(folder / "site.make")))
            with pytest.raises(Refused, match="may not be read here"):
                check(str(folder / "site.make"))
    finally:
        shutil.rmtree(folder)


def test_no_secret_in_an_address_is_shown(write: type[Written]) -> None:
    made = write(START + "includes[] = https://me:s3cret@x.example/base.make?key=s3cret\n").check()
    assert "s3cret" not in " ".join(map(str, made.unread))
    wrong = write(START + "projects[x][download][url] = git://me:s3cret@x.example/x\n").mistakes()
    assert "s3cret" not in " ".join(wrong)


def test_the_driver_takes_what_may_be_right(write: type[Written]) -> None:
    driver = drivers.load("source", "make")(LocalHost())
    driver.check(Source("make", "https://x.example/site.make"))
    driver.check(Source("make", str(write(START).path)))
