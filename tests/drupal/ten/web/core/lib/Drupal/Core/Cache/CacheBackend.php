<?php

namespace Drupal\Core\Cache;

use Drupal\Core\Database\Database;

final class CacheBackend
{
    private string $table;

    public function __construct(string $bin)
    {
        $this->table = "cache_$bin";
    }

    public function get(string $cid)
    {
        try {
            $data = Database::getConnection()->query("SELECT data FROM {{$this->table}} WHERE cid = ?", [$cid])->fetchField();
        } catch (\Exception $noTableOrNoDatabase) {
            return null;
        }
        return $data === false ? null : unserialize(base64_decode($data));
    }

    public function set(string $cid, $data): void
    {
        $database = Database::getConnection();
        if (!$database->schema()->tableExists($this->table)) {
            $database->schema()->create($this->table, 'cid VARCHAR(255) NOT NULL PRIMARY KEY, data LONGTEXT');
        }
        $database->replace($this->table, ['cid' => $cid, 'data' => base64_encode(serialize($data))]);
    }

    public function deleteAll(): void
    {
        $database = Database::getConnection();
        if ($database->schema()->tableExists($this->table)) {
            $database->truncate($this->table)->execute();
        }
    }
}
