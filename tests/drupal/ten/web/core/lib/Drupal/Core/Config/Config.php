<?php

namespace Drupal\Core\Config;

use Drupal\Core\Database\Connection;

final class Config
{
    private Connection $database;
    private string $name;
    private array $data;
    private array $overrides;

    public function __construct(Connection $database, string $name, array $overrides)
    {
        $this->database = $database;
        $this->name = $name;
        $this->overrides = $overrides;
        $row = $database->query("SELECT data FROM {config} WHERE collection = '' AND name = ?", [$name])->fetchField();
        $this->data = $row === false ? [] : unserialize($row);
    }

    public function get(string $key = '')
    {
        $value = array_replace_recursive($this->data, $this->overrides);
        foreach ($key === '' ? [] : explode('.', $key) as $part) {
            $value = $value[$part] ?? null;
        }
        return $value;
    }

    public function set(string $key, $value): self
    {
        $place = &$this->data;
        foreach (explode('.', $key) as $part) {
            $place = &$place[$part];
        }
        $place = $value;
        return $this;
    }

    public function save(): self
    {
        $this->database->replace('config', ['collection' => '', 'name' => $this->name, 'data' => serialize($this->data)]);
        return $this;
    }
}
