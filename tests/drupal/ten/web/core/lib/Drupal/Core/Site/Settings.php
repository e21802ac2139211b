<?php

namespace Drupal\Core\Site;

use Drupal\Core\Database\Database;

/** The values of settings.php. Never cached: each request reads the file again. */
final class Settings
{
    private static ?self $current = null;
    private array $values;

    public function __construct(array $values)
    {
        $this->values = $values;
        self::$current = $this;
    }

    public static function initialize($app_root, $site_path, &$class_loader): void
    {
        $settings = [];
        $config = [];
        $databases = [];
        if (is_readable("$app_root/$site_path/settings.php")) {
            require "$app_root/$site_path/settings.php";
        }
        $GLOBALS['config'] = $config;
        Database::setMultipleConnectionInfo($databases);
        new self($settings);
    }

    public static function getInstance(): self
    {
        if (!self::$current) {
            throw new \BadMethodCallException('Settings::$instance is not initialized yet.');
        }
        return self::$current;
    }

    public static function get(string $name, $default = null)
    {
        return self::getInstance()->values[$name] ?? $default;
    }

    public static function getAll(): array
    {
        return self::getInstance()->values;
    }

    public static function getHashSalt(): string
    {
        $salt = self::get('hash_salt');
        if (empty($salt)) {
            throw new \RuntimeException('Missing $settings[\'hash_salt\'] in settings.php.');
        }
        return $salt;
    }
}
