"""What is said of code that is not as it was."""

from __future__ import annotations

from aegir.steps.stock import differences, summed_up

PACKAGES = [
    {"kind": "core", "name": "core", "version": "10.1.6", "path": "core"},
    {"kind": "module", "name": "views", "version": "10.1.6", "path": "core/modules/views"},
    {"kind": "module", "name": "shop", "version": "2.0", "path": "modules/shop"},
]
LINES = [
    "web/core/lib/Drupal.php\t100 1.0",
    "web/core/modules/views/views.module\t100 1.0",
    "web/core/modules/views/src/Plugin/Row.php\t100 1.0",
    "web/modules/shop/shop.module\t100 1.0",
    "vendor/twig/twig/src/Lexer.php\t100 1.0",
    "vendor/autoload.php\t100 1.0",
    "composer.lock\t100 1.0",
]


def changed(lines: list[str], versions: dict[str, str] | None = None) -> list[str]:
    now = [{**package, "version": (versions or {}).get(str(package["name"]), package["version"])}
           for package in PACKAGES]  # fmt: skip
    return differences(summed_up(LINES, "web", PACKAGES), summed_up(lines, "web", now))


def without(*parts: str) -> list[str]:
    return [line for line in LINES if not any(part in line for part in parts)]


def test_the_same_code_in_another_order_is_no_change() -> None:
    assert changed(list(reversed(LINES))) == []


def test_a_file_that_changed_is_told_by_the_package_or_library_that_it_belongs_to() -> None:
    for path, what in (
        ("web/core/lib/Drupal.php", "Drupal's core (web/core)"),
        ("web/core/modules/views/src/Plugin/Row.php", "the module views (web/core/modules/views)"),
        ("vendor/twig/twig/src/Lexer.php", "vendor/twig/twig"),
        ("vendor/autoload.php", "vendor"),
        ("composer.lock", "composer.lock"),
    ):
        for line in (f"{path}\t101 1.0", f"{path}\t100 2.0"):
            assert changed([*without(path), line]) == [f"Files of {what} changed."]


def test_another_version_and_what_came_and_went_are_told_as_that() -> None:
    lines = [*without("shop", "twig"), "web/modules/shop/shop.module\t9 9", "web/themes/new/new.theme\t1 1"]
    assert changed(lines, {"shop": "2.1"}) == [
        "vendor/twig/twig is gone.",
        "web came.",
        "The module shop (web/modules/shop) is 2.1 and was 2.0.",
    ]
