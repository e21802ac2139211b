<?php

namespace Drupal\Core\Database;

final class Schema
{
    private Connection $database;

    public function __construct(Connection $database)
    {
        $this->database = $database;
    }

    /** @return array<string, string> */
    public function findTables(string $pattern): array
    {
        $sql = $this->database->driver() === 'sqlite'
            ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE ?"
            : 'SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE ?';
        $prefix = $this->database->getConnectionOptions()['prefix'];
        $found = $this->database->query($sql, [$prefix . $pattern])->fetchCol();
        $names = array_map(fn($name) => substr($name, strlen($prefix)), $found);
        return array_combine($names, $names);
    }

    public function tableExists(string $table): bool
    {
        return isset($this->findTables($table)[$table]);
    }

    public function fieldExists(string $table, string $field): bool
    {
        $sql = $this->database->driver() === 'sqlite'
            ? 'SELECT 1 FROM pragma_table_info(?) WHERE name = ?'
            : 'SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?';
        $prefix = $this->database->getConnectionOptions()['prefix'];
        return (bool) $this->database->query($sql, [$prefix . $table, $field])->fetchField();
    }

    public function create(string $table, string $columns): void
    {
        $options = $this->database->driver() === 'mysql' ? ' DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin' : '';
        $this->database->query("CREATE TABLE {{$table}} ($columns)$options");
    }
}
