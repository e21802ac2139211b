<?php

namespace Drupal\Core\Path;

use Drupal\Core\Database\Connection;
use Drupal\Core\Url;

/** Which internal paths lead anywhere. */
final class PathValidator
{
    private Connection $database;

    public function __construct(Connection $database)
    {
        $this->database = $database;
    }

    /** @return Url|false */
    public function getUrlIfValidWithoutAccessCheck(string $path)
    {
        if (in_array($path, ['/', '/user/login'], true)) {
            return new Url($path, $path, true);
        }
        if (preg_match('@^/node/(\d+)$@', $path, $found)) {
            $status = $this->database->query('SELECT status FROM {node_field_data} WHERE nid = ?', [$found[1]])->fetchField();
            return $status === false ? false : new Url($path, $this->alias($path), (bool) $status);
        }
        $known = $this->database->query('SELECT path FROM {router} WHERE path = ?', [$path])->fetchField();
        return $known === false ? false : new Url($path, $path, strpos($path, '/admin/') !== 0);
    }

    private function alias(string $path): string
    {
        return $this->database->query('SELECT alias FROM {path_alias} WHERE path = ?', [$path])->fetchField() ?: $path;
    }
}
