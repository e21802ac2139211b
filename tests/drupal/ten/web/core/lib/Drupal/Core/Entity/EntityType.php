<?php

namespace Drupal\Core\Entity;

/** What is known of one kind of content: its table, and which columns mean what. */
final class EntityType
{
    private string $id;
    private ?string $table;
    private array $keys;

    public function __construct(string $id, ?string $table, array $keys)
    {
        [$this->id, $this->table, $this->keys] = [$id, $table, $keys];
    }

    public function id(): string
    {
        return $this->id;
    }

    public function getGroup(): string
    {
        return $this->table ? 'content' : 'configuration';
    }

    public function getBaseTable(): ?string
    {
        return $this->table;
    }

    public function getDataTable(): ?string
    {
        return substr((string) $this->table, -11) === '_field_data' ? $this->table : null;
    }

    public function getKey(string $key)
    {
        return $this->keys[$key] ?? false;
    }

    public function getPluralLabel(): string
    {
        return "{$this->id}s";
    }
}
