"""A Composer project in Drupal's shape, with all its packages in a folder: built without any network."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from tests.codebases import OURS

TEN = OURS / "ten" / "web"
SCAFFOLD = ("autoload.php", "index.php", "update.php")
OFFLINE: dict[str, Any] = {"packagist.org": False}
PLUGIN = """<?php
namespace Studio\\NAME;

use Composer\\Composer;
use Composer\\EventDispatcher\\EventSubscriberInterface;
use Composer\\IO\\IOInterface;
use Composer\\Installer\\LibraryInstaller;
use Composer\\Package\\PackageInterface;
use Composer\\Plugin\\PluginInterface;

class Plugin implements PluginInterface, EventSubscriberInterface
{
    public function activate(Composer $composer, IOInterface $io)
    {
        file_put_contents('NAME.env', json_encode(getenv()));
        $composer->getInstallationManager()->addInstaller(new Places($io, $composer));
    }

    public function deactivate(Composer $composer, IOInterface $io) {}
    public function uninstall(Composer $composer, IOInterface $io) {}

    public static function getSubscribedEvents()
    {
        return ['post-install-cmd' => 'scaffold'];
    }

    public function scaffold()
    {
        foreach (glob('web/core/assets/scaffold/*') as $file) {
            copy($file, 'web/' . basename($file));
        }
        @mkdir('web/sites/default', 0755, true);
        rename('web/default.settings.php', 'web/sites/default/default.settings.php');
        rename('web/example.sites.php', 'web/sites/example.sites.php');
    }
}

class Places extends LibraryInstaller
{
    private $places = ['drupal-core' => 'web/core', 'drupal-module' => 'web/modules/contrib/'];

    public function supports($type)
    {
        return isset($this->places[$type]);
    }

    public function getInstallPath(PackageInterface $package)
    {
        $place = $this->places[$package->getType()];
        return str_ends_with($place, '/') ? $place . explode('/', $package->getName())[1] : $place;
    }
}
"""


def archive(folder: Path, said: dict[str, Any], files: dict[str, str | Path]) -> None:
    """Put a package into the folder."""
    name = f"{said['name'].replace('/', '-')}-{said['version']}.zip"
    with zipfile.ZipFile(folder / name, "w") as file:
        file.writestr("composer.json", json.dumps(said))
        for path, content in files.items():
            file.writestr(path, content.read_bytes() if isinstance(content, Path) else content)


def tree(folder: Path, below: str = "") -> dict[str, str | Path]:
    return {f"{below}{each.relative_to(folder)}": each for each in folder.rglob("*") if each.is_file()}


def packages(folder: Path) -> Path:
    """Core, two modules, two plugins and the project itself, as a folder of archives."""
    folder.mkdir(mode=0o755)
    core = tree(TEN / "core") | {f"assets/scaffold/{name}": TEN / name for name in SCAFFOLD}
    core["assets/scaffold/default.settings.php"] = TEN / "sites/default/default.settings.php"
    core["assets/scaffold/example.sites.php"] = TEN / "sites/example.sites.php"
    said: dict[str, Any] = {"name": "drupal/core", "version": "10.99.0", "type": "drupal-core"}
    loaded = {f"Drupal\\{name}\\": f"lib/Drupal/{name}" for name in ("Core", "Component")}
    said["autoload"] = {"psr-4": loaded, "classmap": ["lib/Drupal.php"]}
    archive(folder, said | {"require": {"symfony/http-foundation": "*"}}, core)
    said = {"name": "symfony/http-foundation", "version": "6.4.0"}
    said["autoload"] = {"psr-4": {"Symfony\\Component\\HttpFoundation\\": ""}}
    archive(folder, said, tree(TEN.parent / "vendor/symfony/http-foundation"))
    for version in ("1.0.0", "1.1.0"):
        said = {"name": "drupal/guestbook", "version": version, "type": "drupal-module"}
        archive(folder, said | {"require": {"drupal/core": "^10"}}, tree(TEN / "modules/custom/guestbook"))
    archive(folder, {"name": "studio/checks", "version": "1.0.0"}, {"checks.php": "<?php\n"})
    for name in ("Placing", "Greedy"):
        said = {
            "name": f"studio/{name.lower()}",
            "version": "1.0.0",
            "type": "composer-plugin",
            "require": {"composer-plugin-api": "^2.0"},
            "autoload": {"psr-4": {f"Studio\\{name}\\": ""}},
            "extra": {"class": f"Studio\\{name}\\Plugin"},
        }
        archive(folder, said, {"Plugin.php": PLUGIN.replace("NAME", name)})
    profile = tree(TEN / "profiles/studio", "web/profiles/studio/")
    archive(folder, project(folder) | {"version": "1.2.0"}, profile)
    return folder


def project(folder: Path, **changed: Any) -> dict[str, Any]:
    """What its composer.json says, where its packages lie in the folder."""
    return {
        "name": "studio/project",
        "type": "project",
        "license": "GPL-2.0-or-later",
        "description": "Ein Projekt für Tests",
        "repositories": [{"type": "artifact", "url": str(folder)}, OFFLINE],
        "require": {
            "drupal/core": "^10",
            "drupal/guestbook": "^1.0",
            "studio/placing": "^1.0",
            "studio/greedy": "^1.0",
        },
        "require-dev": {"studio/checks": "^1.0"},
        "config": {"allow-plugins": {"studio/placing": True, "studio/greedy": True}},
        "scripts": {"post-install-cmd": "touch script-ran"},
        "extra": {"empty": {}, "number": 1.0, "ratio": 0.1},
        **changed,
    }


def written(folder: Path, said: dict[str, Any]) -> Path:
    """A project's directory with its composer.json, readable by all."""
    folder.mkdir(mode=0o755, exist_ok=True)
    (folder / "composer.json").write_text(json.dumps(said, indent=2, ensure_ascii=False))
    return folder
