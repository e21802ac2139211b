<?php

namespace Drupal\Core\KeyValueStore;

use Drupal\Core\Database\Connection;

/** One collection of table key_value. Also stands in for the factory: get('other') and the state. */
class KeyValueStore
{
    protected Connection $database;
    protected string $collection;

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

    public function set(string $name, $value): void
    {
        $this->database->replace('key_value', ['collection' => $this->collection, 'name' => $name, 'value' => serialize($value)]);
    }

    public function delete(string $name): void
    {
        $this->database->delete('key_value')->condition('collection', $this->collection)->condition('name', $name)->execute();
    }

    /** The state keeps what it read for a request; nothing here does. */
    public function resetCache(): void
    {
    }
}
