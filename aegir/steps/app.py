"""What is done inside Drupal, through the bridge, and what is read from its code."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, cast

from aegir.drivers.app import Op
from aegir.drivers.host import Stream
from aegir.engine.step import Check, Json, Level, Step
from aegir.errors import Broken
from aegir.steps.site import SiteRef, drupal, login_purpose
from aegir.steps.world import World

INSTALLING = 900.0
"""Seconds that Drupal's installer may take."""
INSPECTING = 300.0
UPDATING = 3600.0
"""Seconds that all updates of a site may take together."""


def run(world: World, site: SiteRef, ops: list[Op], timeout: float) -> list[dict[str, Any]]:
    """Run bridge ops on a site; what PHP prints goes to the task's log."""

    def hear(stream: Stream, line: str) -> None:
        if stream != "answer" and line.strip():
            world.log.line(line, Level.INFO if stream == "out" else Level.NOTICE)

    return site.app(world).run(site.place, site.secrets(world), ops, timeout=timeout, listener=hear)


@dataclass(frozen=True)
class InstallDrupal(Step):
    """Run Drupal's own installer into the site's empty database."""

    site: SiteRef
    profile: str
    language: str
    email: str

    title = "Install Drupal"

    def look(self, world: World) -> Json:
        database = self.site.database
        return {"tables": database.driver(world).presence(database.database).tables}

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and bool(seen["tables"])

    def do(self, world: World) -> Json:
        settings = f"{self.site.path}/settings.php"
        written = self._digest(world, settings)
        # Nobody ever learns it: the first account is entered through one-time links.
        password = secrets.token_urlsafe(24)
        world.log.mask(password)
        op: Op = {
            "op": "install",
            "profile": self.profile,
            "language": self.language,
            "site_name": self.site.domain,
            "site_mail": self.email,
            "account": {"name": "admin", "mail": self.email, "password": password},
        }
        run(world, self.site, [op], INSTALLING)
        if self._digest(world, settings) != written:
            raise Broken(f"Drupal's installer changed {settings}: its secrets may be in there.")
        return None

    def _digest(self, world: World, path: str) -> str:
        return hashlib.sha256(world.host(self.site.host).read(path) or b"").hexdigest()

    def undo(self, world: World, before: Json) -> None:
        """The database and the directory that it filled are new, and go with their own steps."""

    def summary(self) -> str:
        return f"{self.title}: profile {self.profile}, language {self.language}"


@dataclass(frozen=True)
class Inside(Check):
    """A change inside a new pair that nobody uses yet: it goes with the pair when the task goes back."""

    site: SiteRef


@dataclass(frozen=True)
class Relocate(Inside):
    """Correct what Drupal keeps by path, after its directory or its name changed."""

    from_directory: str
    """Below the docroot, as ``sites/old.example``."""
    from_names: tuple[str, ...]

    title = "Correct paths"

    def do(self, world: World) -> Json:
        op: Op = {"op": "relocate", "from_directory": self.from_directory, "from_names": [*self.from_names]}
        (result,) = run(world, self.site, [op], INSPECTING)
        return cast(Json, result)


@dataclass(frozen=True)
class AskIdentity(Check):
    """Learn the UUID of a site whose database is going to be replaced, so that it can be given back."""

    site: SiteRef

    title = "Learn who the site is"

    def do(self, world: World) -> Json:
        (told,) = run(world, self.site, [{"op": "status"}], INSPECTING)
        return {"uuid": str(told["uuid"])}


@dataclass(frozen=True)
class Identify(Inside):
    """Give a copy an identity of its own: UUID, keys, no sessions; with ``sanitize`` nobody's address.

    The UUID is a new one, or the one that ``AskIdentity`` has learnt.
    """

    sanitize: bool = False

    title = "Make it a site of its own"

    def do(self, world: World) -> Json:
        op: Op = {"op": "identify", "sanitize": self.sanitize}
        known = world.found.get("AskIdentity")
        if isinstance(known, dict) and known["uuid"]:
            op["uuid"] = known["uuid"]
        (result,) = run(world, self.site, [op], UPDATING)
        return cast(Json, result)


@dataclass(frozen=True)
class UpdateDrupal(Inside):
    """Run the database updates that the code brings, and rebuild every cache."""

    title = "Run the updates"

    def do(self, world: World) -> Json:
        (result,) = run(world, self.site, [{"op": "update"}], UPDATING)
        ran = result["ran"]
        world.log.line(f"{len(ran)} updates ran." if ran else "No updates were waiting.")
        return cast(Json, result)


@dataclass(frozen=True)
class InspectSite(Check):
    """Ask a running Drupal how it is and what it has enabled."""

    site: SiteRef
    rebuild_caches: bool = False
    """Whether to rebuild the caches first."""
    login: bool = False
    """Whether to make a one-time login link as well."""

    title = "Inspect the site"

    def before(self, world: World) -> list[Op]:
        """What the bridge is to do first, in the same process."""
        return [{"op": "rebuild"}] if self.rebuild_caches else []

    def do(self, world: World) -> Json:
        names = ["status", "extensions", "pending"] + ["login"] * self.login
        ops = [*self.before(world), *({"op": name} for name in names)]
        results = run(world, self.site, ops, INSPECTING)
        by_op = {op["op"]: result for op, result in zip(ops, results, strict=True)}
        pending = by_op["pending"].get("updates", [])
        if pending:
            world.log.line(f"{len(pending)} database updates are waiting to be run.", Level.NOTICE)
        return {
            "status": by_op["status"],
            "packages": by_op["extensions"]["packages"],
            "pending": len(pending),
            "login": seal_link(world, self.site, by_op["login"]["url"]) if self.login else None,
        }


@dataclass(frozen=True)
class MakeLoginLink(Check):
    """Make a one-time login link for the site's first account."""

    site: SiteRef

    title = "Make a one-time login link"

    def do(self, world: World) -> Json:
        (result,) = run(world, self.site, [{"op": "login"}], INSPECTING)
        return {"login": seal_link(world, self.site, result["url"])}


def seal_link(world: World, site: SiteRef, link: str) -> int:
    """A login link is a secret: only its id is journalled."""
    world.log.mask(link)
    return world.seal(link, login_purpose(site.domain))


@dataclass(frozen=True)
class ScanCode(Check):
    """Read a platform's code: which Drupal, which packages, what is broken."""

    host: str
    path: str
    php: str
    user: str

    title = "Read the code"

    def do(self, world: World) -> Json:
        codebase = drupal(world, self.host).scan(self.path, php=self.php, user=self.user)
        for problem in codebase.problems:
            world.log.line(problem, Level.WARNING)
        self._notice_default_site(world, f"{self.path}/{codebase.docroot}".rstrip("/"))
        world.log.line(f"Drupal {codebase.version}, {len(codebase.packages)} packages.")
        return cast(Json, dataclasses.asdict(codebase))

    def _notice_default_site(self, world: World, root: str) -> None:
        stray = f"{root}/sites/default/settings.php"
        if world.host(self.host).stat(stray) is not None:
            world.log.line(
                f"{stray} is there: a command run by hand for a site that is not there would open it. "
                "Move it away unless you need it.",
                Level.NOTICE,
            )
