"""What the web server and PHP know of a site or platform: published, withdrawn, probed."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import cast

from aegir import drivers
from aegir.drivers.php import PhpDriver, PhpService, Pool
from aegir.drivers.web import PlatformConfig, Vhost, VhostState, WebDriver, WebService
from aegir.engine.step import Check, Json, Step
from aegir.errors import Broken
from aegir.steps.files import drop_kept, keep, kept_content, present
from aegir.steps.site import SiteRef
from aegir.steps.world import World


def web_driver(world: World, host: str, service: WebService) -> WebDriver:
    return cast(WebDriver, drivers.load("web", service.driver)(world.host(host), service))


def php_driver(world: World, host: str, service: PhpService) -> PhpDriver:
    return cast(PhpDriver, drivers.load("php", "fpm")(world.host(host), service))


@dataclass(frozen=True)
class Publish(Step):
    """One configuration file of a service that is tested and reloaded with every change.

    ``text`` None means that the file is to go.
    """

    host: str

    @abstractmethod
    def driver(self, world: World) -> WebDriver | PhpDriver: ...

    @abstractmethod
    def target(self, world: World) -> str:
        """The file's absolute path."""

    @abstractmethod
    def text(self, world: World) -> str | None:
        """What it should say; may hold secrets, so it is never journalled."""

    def changes(self, world: World) -> dict[str, str | None]:
        """All files that change with one reload, and what they should say."""
        return {self.target(world): self.text(world)}

    def look(self, world: World) -> Json:
        host, changes = world.host(self.host), self.changes(world)
        wanted = {path: None if text is None else text.encode() for path, text in changes.items()}
        return {
            "present": {path: present(host, path) for path in changes},
            "right": all(host.read(path) == content for path, content in wanted.items()),
        }

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and seen["right"] is True

    def do(self, world: World) -> Json:
        changes = self.changes(world)
        for path in changes:
            keep(world, world.host(self.host), path)
        self.driver(world).apply(changes)
        return None

    def undo(self, world: World, before: Json) -> None:
        host, back = world.host(self.host), dict[str, str | None]()
        for path, seen in _present(before).items():
            if seen != present(host, path):
                old = kept_content(world, host, path, seen)
                back[path] = None if old is None else old.decode()
        if back:
            self.driver(world).apply(back)
        self.forget(world, before)

    def forget(self, world: World, before: Json) -> None:
        for path, seen in _present(before).items():
            drop_kept(world, world.host(self.host), path, seen)


def _present(before: Json) -> dict[str, Json]:
    assert isinstance(before, dict)
    found = before["present"]
    assert isinstance(found, dict)
    return found


@dataclass(frozen=True)
class PublishPool(Publish):
    """The PHP workers of a platform."""

    service: PhpService
    pool: Pool
    withdrawn: bool = False

    title = "Set up PHP workers"

    def driver(self, world: World) -> PhpDriver:
        return php_driver(world, self.host, self.service)

    def target(self, world: World) -> str:
        return self.driver(world).path(self.pool.name)

    def text(self, world: World) -> str | None:
        return None if self.withdrawn else self.driver(world).render(self.pool)

    def summary(self) -> str:
        return f"{'Withdraw' if self.withdrawn else 'Set up'} PHP workers: {self.pool.name}"


@dataclass(frozen=True)
class PublishPlatform(Publish):
    """What every vhost of a platform includes."""

    service: WebService
    platform: PlatformConfig
    withdrawn: bool = False

    title = "Configure the platform"

    def driver(self, world: World) -> WebDriver:
        return web_driver(world, self.host, self.service)

    def target(self, world: World) -> str:
        return self.driver(world).platform_path(self.platform.name)

    def text(self, world: World) -> str | None:
        return None if self.withdrawn else self.driver(world).render_platform(self.platform)

    def summary(self) -> str:
        verb = "Withdraw from" if self.withdrawn else "Publish on"
        return f"{verb} the web server: platform {self.platform.name}"


@dataclass(frozen=True)
class PublishSite(Publish):
    """A site's vhost, with the secrets that cloaking keeps out of its settings."""

    service: WebService
    site: SiteRef
    platform: str
    """Name of the PlatformConfig."""
    state: VhostState = "enabled"
    former: str = ""
    """The domain that the site had before: its vhost goes with the same reload, as names are in one only."""

    title = "Publish on the web server"

    def driver(self, world: World) -> WebDriver:
        return web_driver(world, self.host, self.service)

    def target(self, world: World) -> str:
        return self.driver(world).vhost_path(self.site.domain)

    def changes(self, world: World) -> dict[str, str | None]:
        gone = {self.driver(world).vhost_path(self.former): None} if self.former else {}
        return {**super().changes(world), **gone}

    def text(self, world: World) -> str | None:
        return self.driver(world).render_vhost(
            Vhost(
                domain=self.site.domain,
                aliases=self.site.names[1:],
                platform=self.platform,
                root=self.site.place.root,
                site_directory=self.site.place.directory,
                port=self.service.port,
                state=self.state,
                redirects=self.site.redirects,
                canonical=self.site.canonical,
                key=self.site.probe_key(world),
                secrets=self.site.secrets(world).environment(),
            )
        )

    def summary(self) -> str:
        words = {"enabled": self.title, "disabled": "Switch off", "maintenance": "Publish closed to visitors"}
        return f"{words[self.state]}: {self.site.domain}"


@dataclass(frozen=True)
class WithdrawSite(Publish):
    """Take a site's vhost off the web server; works on whatever is left of the site."""

    service: WebService
    domain: str

    title = "Withdraw from the web server"

    def driver(self, world: World) -> WebDriver:
        return web_driver(world, self.host, self.service)

    def target(self, world: World) -> str:
        return self.driver(world).vhost_path(self.domain)

    def text(self, world: World) -> str | None:
        return None

    def summary(self) -> str:
        return f"{self.title}: {self.domain}"


@dataclass(frozen=True)
class ProbeSite(Check):
    """Ask for the front page as a visitor would, of a site that is closed to visitors too."""

    host: str
    service: WebService
    site: SiteRef

    title = "Ask for the front page"

    def do(self, world: World) -> Json:
        web, name = web_driver(world, self.host, self.service), self.site.canonical or self.site.domain
        status = web.probe(name, key=self.site.probe_key(world))
        if status == 0 or status >= 500:
            answer = f"answers {status}" if status else "does not answer"
            raise Broken(f"http://{name}:{self.service.port}/ {answer}: see the site's log.")
        world.log.line(f"The front page answers {status}.")
        return {"status": status}

    def summary(self) -> str:
        return f"{self.title} of {self.site.domain}"


@dataclass(frozen=True)
class ProveWeb(Check):
    """Show that the web server accepts its configuration and reloads."""

    host: str
    service: WebService

    title = "Prove the web server"

    def do(self, world: World) -> Json:
        driver = web_driver(world, self.host, self.service)
        driver.apply(dict(driver.render_server()))
        driver.test()
        world.log.line(f"{driver.version()} accepts its configuration.")
        return {self.service.driver: driver.version()}


@dataclass(frozen=True)
class ProvePhp(Check):
    """Find the PHP versions and their extensions."""

    host: str
    service: PhpService
    required: tuple[str, ...]

    title = "Prove PHP"

    def do(self, world: World) -> Json:
        driver = php_driver(world, self.host, self.service)
        loaded = driver.extensions()
        missing = [name for name in self.required if name.lower() not in {item.lower() for item in loaded}]
        if missing:
            packages = " ".join(f"php{self.service.version}-{name}" for name in missing)
            raise Broken(f"PHP {self.service.version} lacks {', '.join(missing)}: install {packages}.")
        return {"php": [*driver.versions()], "extensions": [*loaded]}
