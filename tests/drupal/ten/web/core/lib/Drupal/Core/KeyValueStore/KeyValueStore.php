<?php

namespace Drupal\Core\KeyValueStore;

use Drupal\Core\Database\Connection;

/** One collection of table key_value; the state is one too. */
final class KeyValueStore
{
    private Connection $database;
    private string $collection;

    public function __construct(Connection $database, string $collection)
    {
        $this->database = $database;
        $this->collection = $collection;
    }

    public function getAll(): array
    {
        $rows = $this->database->query('SELECT name, value FROM {key_value} WHERE collection = ?', [$this->collection]);
        return array_map('unserialize', $rows->fetchAllKeyed());
    }

    public function get(string $name, $default = null)
    {
        $sql = 'SELECT value FROM {key_value} WHERE collection = ? AND name = ?';
        $value = $this->database->query($sql, [$this->collection, $name])->fetchField();
        return $value === false ? $default : unserialize($value);
    }

    /** Nothing is kept here, so there is nothing to forget. */
    public function resetCache(): void
    {
    }

    public function set(string $name, $value): void
    {
        $this->database->replace('key_value', ['collection' => $this->collection, 'name' => $name, 'value' => serialize($value)]);
    }
}
