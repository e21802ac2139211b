"""What people write into a site, for tests that must find it again, or must not: without the bridge.

Works in the applications of this folder and in Drupal itself, whatever kind of database the site has.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from aegir.drivers.app import SitePlace, SiteSecrets
from aegir.drivers.app.drupal_settings import php_string

ASK = Path(__file__).parent / "ask.php"
PATIENCE = 60.0

ADD = {
    True: """
if (function_exists('node_save')) {
    if (!node_type_load('page')) {
        $type = ['type' => 'page', 'name' => 'Page', 'base' => 'node_content'];
        node_type_save(node_type_set_defaults($type));
    }
    $node = (object) ['type' => 'page', 'title' => $title, 'language' => 'und', 'uid' => 1, 'status' => 1];
    node_save($node);
    return (int) $node->nid;
}
$nid = 1 + (int) db_query('SELECT MAX(nid) FROM {node}')->fetchField();
$row = ['nid' => $nid, 'title' => $title, 'uid' => 1, 'status' => 1];
$row += ['created' => time(), 'changed' => time()];
db_replace('node', $row);
cache_clear_all('*', 'cache_page', true);
return $nid;
""",
    False: """
if (class_exists('Drupal\\\\node\\\\Entity\\\\Node')) {
    if (!Drupal\\node\\Entity\\NodeType::load('page')) {
        Drupal\\node\\Entity\\NodeType::create(['type' => 'page', 'name' => 'Page'])->save();
    }
    $row = ['type' => 'page', 'title' => $title, 'uid' => 1, 'status' => 1];
    $node = Drupal\\node\\Entity\\Node::create($row);
    $node->save();
    return (int) $node->id();
}
$database = Drupal::database();
$nid = 1 + (int) $database->query('SELECT MAX(nid) FROM {node_field_data}')->fetchField();
$row = ['nid' => $nid, 'title' => $title, 'uid' => 1, 'status' => 1];
$row += ['created' => time(), 'changed' => time()];
$database->replace('node_field_data', $row);
Drupal::cache('page')->deleteAll();
return $nid;
""",
}
TITLES = {
    True: "$pages = db_query('SELECT title FROM {node} ORDER BY nid'); return $pages->fetchCol();",
    False: """
$pages = Drupal::database()->query('SELECT title FROM {node_field_data} ORDER BY nid');
return $pages->fetchCol();
""",
}
IDENTITY = {
    True: "return [variable_get('drupal_private_key'), variable_get('cron_key')];",
    False: """
$state = Drupal::state();
$uuid = Drupal::config('system.site')->get('uuid');
return [$uuid, $state->get('system.private_key'), $state->get('system.cron_key')];
""",
}

STORED = """
$database = \\Drupal\\Core\\Database\\Database::getConnection();
$sqlite = "SELECT name FROM sqlite_master WHERE type = 'table'";
$found = $database->driver() === 'mysql' ? 'SHOW TABLES' : $sqlite;
$rows = [];
foreach ($database->query($found)->fetchCol() as $table) {
    foreach ($database->query('SELECT * FROM {' . $table . '}')->fetchAll(\\PDO::FETCH_ASSOC) as $row) {
        $rows[] = $table . ' ' . implode('|', $row);
    }
}
return base64_encode(implode("\\n", $rows));
"""


@dataclass(frozen=True)
class Content:
    """The content of one site, as it is laid out now."""

    place: SitePlace
    secrets: SiteSecrets

    def add_page(self, title: str) -> int:
        """A published page; its number."""
        number = self._ask(f"$title = {php_string(title)};" + ADD[self._seven])
        assert isinstance(number, int), number
        return number

    def titles(self) -> list[str]:
        """Of all pages, the oldest first."""
        found = self._ask(TITLES[self._seven])
        assert isinstance(found, list), found
        return found

    def identity(self) -> list[str | None]:
        """What no two sites may share: UUID and keys."""
        found = self._ask(IDENTITY[self._seven])
        assert isinstance(found, list), found
        return found

    def stored(self) -> bytes:
        """Every row of every table of a Drupal 8 or later."""
        found = self._ask(STORED)
        assert isinstance(found, str), found
        return base64.b64decode(found)

    @property
    def _seven(self) -> bool:
        return (Path(self.place.root) / "includes/bootstrap.inc").exists()

    def _ask(self, code: str) -> object:
        host = self.place.uri.partition("//")[2]
        command = [self.place.php, str(ASK), self.place.root, self.place.directory, host, "boot"]
        own = {"aegir_site": self.place.directory, "REMOTE_ADDR": "127.0.0.1", "REQUEST_METHOD": "GET"}
        done = subprocess.run(
            command,
            input=code,
            env={**os.environ, **self.secrets.environment(), **own},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise AssertionError(
                f"{self.place.directory} did not answer: {done.stdout}{done.stderr}"
            ) from None
