<?php

namespace Drupal\Core\KeyValueStore;

use Drupal\Core\Database\Connection;

final class KeyValueFactory
{
    private Connection $database;

    public function __construct(Connection $database)
    {
        $this->database = $database;
    }

    public function get(string $collection): KeyValueStore
    {
        return new KeyValueStore($this->database, $collection);
    }
}
