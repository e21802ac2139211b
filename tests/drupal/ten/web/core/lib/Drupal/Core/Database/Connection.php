<?php

namespace Drupal\Core\Database;

/** PDO on MariaDB, MySQL or SQLite, with Drupal's way of naming tables: {table}. */
final class Connection
{
    private \PDO $pdo;
    private array $info;

    public function __construct(array $info)
    {
        $this->info = $info + ['prefix' => '', 'host' => 'localhost', 'port' => 3306, 'username' => null, 'password' => null];
        $options = [\PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION, \PDO::ATTR_STATEMENT_CLASS => [Statement::class]];
        $this->pdo = new \PDO($this->address(), $this->info['username'], $this->info['password'], $options);
        if ($this->driver() === 'sqlite') {
            $this->pdo->sqliteCreateFunction('concat', fn(...$parts) => implode('', $parts));
        }
        $this->pdo->exec($this->driver() === 'mysql' ? "SET sql_mode = 'ANSI,TRADITIONAL'" : 'PRAGMA busy_timeout = 5000');
    }

    private function address(): string
    {
        $info = $this->info;
        if ($info['driver'] === 'sqlite') {
            return 'sqlite:' . $info['database'];
        }
        $place = empty($info['unix_socket']) ? "host={$info['host']};port={$info['port']}" : "unix_socket={$info['unix_socket']}";
        return "mysql:$place;dbname={$info['database']};charset=utf8mb4";
    }

    public function driver(): string
    {
        return $this->info['driver'];
    }

    public function version(): string
    {
        return $this->pdo->getAttribute(\PDO::ATTR_SERVER_VERSION);
    }

    public function getConnectionOptions(): array
    {
        return $this->info;
    }

    public function query(string $sql, array $arguments = []): Statement
    {
        $statement = $this->pdo->prepare(strtr($sql, ['{' => $this->info['prefix'], '}' => '']));
        $statement->execute($arguments);
        return $statement;
    }

    public function queryRange(string $sql, int $from, int $count, array $arguments = []): Statement
    {
        return $this->query("$sql LIMIT $count OFFSET $from", $arguments);
    }

    public function update(string $table): Update
    {
        return new Update($this, $table);
    }

    /** Replaces the row that has the same key. */
    public function replace(string $table, array $row): void
    {
        $marks = implode(', ', array_fill(0, count($row), '?'));
        $this->query("REPLACE INTO {{$table}} (" . implode(', ', array_keys($row)) . ") VALUES ($marks)", array_values($row));
    }

    public function truncate(string $table): Delete
    {
        return new Delete($this, $table);
    }

    public function delete(string $table): Delete
    {
        return new Delete($this, $table);
    }

    public function schema(): Schema
    {
        return new Schema($this);
    }

    public function startTransaction(): void
    {
        $this->pdo->beginTransaction();
    }

    public function commit(): void
    {
        $this->pdo->inTransaction() && $this->pdo->commit();
    }
}
