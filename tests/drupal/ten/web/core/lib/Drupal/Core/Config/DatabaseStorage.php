<?php

namespace Drupal\Core\Config;

use Drupal\Core\Database\Connection;

/** Configuration as it is stored, one collection at a time; translations are in collections of their own. */
final class DatabaseStorage
{
    private Connection $database;
    private string $collection;

    public function __construct(Connection $database, string $collection = '')
    {
        $this->database = $database;
        $this->collection = $collection;
    }

    /** @return string[] */
    public function getAllCollectionNames(): array
    {
        return $this->database->query("SELECT DISTINCT collection FROM {config} WHERE collection <> ''")->fetchCol();
    }

    public function createCollection(string $collection): self
    {
        return new self($this->database, $collection);
    }

    /** @return string[] */
    public function listAll(string $prefix = ''): array
    {
        $sql = 'SELECT name FROM {config} WHERE collection = ? AND name LIKE ? ORDER BY name';
        return $this->database->query($sql, [$this->collection, "$prefix%"])->fetchCol();
    }

    public function read(string $name)
    {
        $sql = 'SELECT data FROM {config} WHERE collection = ? AND name = ?';
        $data = $this->database->query($sql, [$this->collection, $name])->fetchField();
        return $data === false ? false : unserialize($data, ['allowed_classes' => false]);
    }

    public function write(string $name, array $data): bool
    {
        $row = ['collection' => $this->collection, 'name' => $name, 'data' => serialize($data)];
        $this->database->replace('config', $row);
        return true;
    }
}
