<?php

namespace Drupal\Core\Database;

/** The connections that settings.php tells of. */
final class Database
{
    private static array $info = [];
    private static ?Connection $connection = null;

    public static function setMultipleConnectionInfo(array $databases): void
    {
        self::$info = $databases;
        self::$connection = null;
    }

    public static function getConnectionInfo(string $key = 'default'): ?array
    {
        return self::$info[$key] ?? null;
    }

    public static function getConnection(string $target = 'default', ?string $key = null): Connection
    {
        if (empty(self::$info['default']['default'])) {
            throw new ConnectionNotDefinedException('The specified database connection is not defined: default');
        }
        return self::$connection = self::$connection ?: new Connection(self::$info['default']['default']);
    }
}
