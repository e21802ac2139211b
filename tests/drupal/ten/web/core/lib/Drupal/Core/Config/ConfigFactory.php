<?php

namespace Drupal\Core\Config;

use Drupal\Core\Database\Connection;

final class ConfigFactory
{
    private Connection $database;

    public function __construct(Connection $database)
    {
        $this->database = $database;
    }

    /** With what settings.php overrides through $config. */
    public function get(string $name): Config
    {
        return new Config($this->database, $name, $GLOBALS['config'][$name] ?? []);
    }

    /** Nothing is kept here, so there is nothing to forget. */
    public function reset($name = null): self
    {
        return $this;
    }

    public function getEditable(string $name): Config
    {
        return new Config($this->database, $name, []);
    }
}
