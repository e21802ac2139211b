<?php

namespace Composer\Autoload;

/** As much of Composer's PSR-4 loader as the kernel needs. */
final class ClassLoader
{
    private static ?self $shared = null;

    /** @var array<string, string> prefix => folder */
    private array $folders = [];

    public static function shared(string $project): self
    {
        if (!self::$shared) {
            self::$shared = new self();
            self::$shared->addPsr4('Drupal\\Core\\', "$project/web/core/lib/Drupal/Core");
            self::$shared->addPsr4('Symfony\\Component\\HttpFoundation\\', __DIR__ . '/../symfony/http-foundation');
            self::$shared->addPsr4('', "$project/web/core/lib");
            spl_autoload_register([self::$shared, 'loadClass']);
        }
        return self::$shared;
    }

    public function addPsr4(string $prefix, string $folder): void
    {
        $this->folders[$prefix] = $folder;
        uksort($this->folders, fn($a, $b) => strlen($b) <=> strlen($a));
    }

    public function loadClass(string $class): void
    {
        foreach ($this->folders as $prefix => $folder) {
            if ($prefix === '' || strpos($class, $prefix) === 0) {
                $file = $folder . '/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
                if (is_file($file)) {
                    require $file;
                }
                return;
            }
        }
    }
}
