<?php

namespace Drupal\Core\Lock;

use Drupal\Core\Database\Connection;

/** A row in table semaphore. It outlives a killed process until it expires (trap 12). */
final class DatabaseLockBackend
{
    private Connection $database;
    private string $id;

    public function __construct(Connection $database)
    {
        $this->database = $database;
        $this->id = bin2hex(random_bytes(8));
    }

    public function acquire(string $name, float $timeout = 30.0): bool
    {
        $now = microtime(true);
        $this->database->query('DELETE FROM {semaphore} WHERE name = ? AND expire < ?', [$name, $now]);
        try {
            $this->database->query('INSERT INTO {semaphore} (name, value, expire) VALUES (?, ?, ?)', [$name, $this->id, $now + $timeout]);
        } catch (\PDOException $taken) {
            return false;
        }
        return true;
    }

    public function release(string $name): void
    {
        $this->database->delete('semaphore')->condition('name', $name)->condition('value', $this->id)->execute();
    }
}
