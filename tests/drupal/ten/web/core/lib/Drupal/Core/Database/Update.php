<?php

namespace Drupal\Core\Database;

final class Update
{
    private Connection $database;
    private string $table;
    private array $fields = [];
    private array $conditions = [];

    public function __construct(Connection $database, string $table)
    {
        $this->database = $database;
        $this->table = $table;
    }

    public function fields(array $fields): self
    {
        $this->fields = $fields;
        return $this;
    }

    public function condition(string $field, $value): self
    {
        $this->conditions[$field] = $value;
        return $this;
    }

    public function execute(): int
    {
        $set = implode(', ', array_map(fn($field) => "$field = ?", array_keys($this->fields)));
        $where = implode('', array_map(fn($field) => " AND $field = ?", array_keys($this->conditions)));
        $arguments = array_merge(array_values($this->fields), array_values($this->conditions));
        return $this->database->query("UPDATE {{$this->table}} SET $set WHERE 1 = 1$where", $arguments)->rowCount();
    }
}
