<?php

namespace Drupal\Core\Database;

class Statement extends \PDOStatement
{
    protected function __construct()
    {
        $this->setFetchMode(\PDO::FETCH_OBJ);
    }

    public function fetchField(int $index = 0)
    {
        return $this->fetchColumn($index);
    }

    public function fetchCol(int $index = 0): array
    {
        return $this->fetchAll(\PDO::FETCH_COLUMN, $index);
    }

    public function fetchAllKeyed(int $key = 0, int $value = 1): array
    {
        return array_column($this->fetchAll(\PDO::FETCH_NUM), $value, $key);
    }
}
