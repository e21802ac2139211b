<?php

namespace Drupal\Core\Database;

final class Delete
{
    private Connection $database;
    private string $table;
    private array $conditions = [];

    public function __construct(Connection $database, string $table)
    {
        $this->database = $database;
        $this->table = $table;
    }

    public function condition(string $field, $value): self
    {
        $this->conditions[$field] = $value;
        return $this;
    }

    public function execute(): int
    {
        $where = implode('', array_map(fn($field) => " AND $field = ?", array_keys($this->conditions)));
        return $this->database->query("DELETE FROM {{$this->table}} WHERE 1 = 1$where", array_values($this->conditions))->rowCount();
    }
}
