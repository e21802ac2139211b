<?php

declare(strict_types=1);

namespace Aegir;

use Drupal\Core\Database\Database;

/**
 * The database of a fresh installation, caches included, comes to another site of the same code. What takes long to
 * build and says nothing of that installation stays; nothing else of its caches does.
 */
trait ModernCopy
{
    /** Opens the site; afterwards neither caches nor routes nor configuration tell where the database came from. */
    private function takeOver(array $account): void
    {
        $request = $this->initialize();
        $mail = (string) ($this->storedConfig('system.site')['mail'] ?? '');
        $former = $this->former();
        foreach ($this->cacheTables() as $table) {
            $warm = $former && in_array($table, ['cache_bootstrap', 'cache_config', 'cache_default', 'cache_discovery'], true);
            if ($warm) {
                $this->dropTelling($table, $former['words']);
            } elseif (!$former || $table !== 'cache_container') {
                $this->emptyTables([$table]);
            }
        }
        $this->start($this->kernel(), $request);
        if (!$former || !$this->moveRoutes(new Relocation(['from_directory' => $former['directory']], $this->job))) {
            $this->rebuildRoutes();
        }
        $this->readdress($mail, (string) $account['mail']);
    }

    /**
     * Directory of the site that the container was compiled for, and words that tell of it. The
     * container itself is made this site's; null where it is not of the kind that can be.
     */
    private function former(): ?array
    {
        $connection = Database::getConnection();
        if (!$connection->schema()->tableExists('cache_container')) {
            return null;
        }
        $rows = $connection->query('SELECT cid, data FROM {cache_container}')->fetchAllKeyed();
        $container = count($rows) === 1 ? @unserialize((string) reset($rows)) : false;
        $directory = is_array($container) ? ($container['parameters']['site.path'] ?? null) : null;
        if (!is_string($directory)) {
            return null;
        }
        $site = $this->storedConfig('system.site') + ['uuid' => '', 'mail' => '', 'name' => ''];
        $words = array_filter([basename($directory), $site['uuid'], $site['mail'], $site['name'], ...$this->storedKeys()]);
        $text = serialize($this->movedContainer($container, $directory));
        // The new name may have the old one in it.
        if ($this->tells(str_replace($this->job['site'], '', $text), $words)) {
            return null;
        }
        $connection->update('cache_container')->fields(['data' => $text])->condition('cid', key($rows))->execute();
        return ['directory' => $directory, 'words' => $words];
    }

    /** Each service is kept as serialised text of its own, with the parameters that it takes filled in. */
    private function movedContainer(array $container, string $from): array
    {
        $to = $this->job['site'];
        $container['parameters']['site.path'] = $to;
        foreach ($container['services'] ?? [] as $id => $text) {
            $moved = is_string($text) ? str_replace(serialize($from), serialize($to), $text) : $text;
            if ($moved !== $text && @unserialize($moved) !== false) {
                $container['services'][$id] = $moved;
            }
        }
        return $container;
    }

    private function storedConfig(string $name): array
    {
        $sql = "SELECT data FROM {config} WHERE collection = '' AND name = :name";
        $found = @unserialize((string) Database::getConnection()->query($sql, [':name' => $name])->fetchField());
        return is_array($found) ? $found : [];
    }

    /** @return string[] the secrets of before */
    private function storedKeys(): array
    {
        $sql = "SELECT value FROM {key_value} WHERE collection = 'state' AND name IN ('system.private_key', 'system.cron_key')";
        return array_map('unserialize', Database::getConnection()->query($sql)->fetchCol());
    }

    /** @param string[] $words */
    private function tells(string $text, array $words): bool
    {
        foreach ($words as $word) {
            if (stripos($text, $word) !== false) {
                return true;
            }
        }
        return false;
    }

    /** @return string[] */
    private function cacheTables(): array
    {
        $connection = Database::getConnection();
        // There Drupal looks into further files alone.
        $found = $connection->driver() === 'sqlite'
            ? $connection->query("SELECT name FROM sqlite_master WHERE type = 'table'")->fetchCol()
            : $connection->schema()->findTables('cache_%');
        return array_filter($found, function (string $name): bool {
            return strpos($name, 'cache_') === 0;
        });
    }

    /** @param string[] $words */
    private function dropTelling(string $table, array $words): void
    {
        // What a hash is made of cannot be seen in it.
        $words[] = 'permissions_hash';
        $connection = Database::getConnection();
        foreach ($connection->query("SELECT cid, data FROM {{$table}}")->fetchAllKeyed() as $cid => $data) {
            if ($this->tells("{$cid} {$data}", $words)) {
                $connection->delete($table)->condition('cid', (string) $cid)->execute();
            }
        }
    }

    /** Routes to files name the site's directory. False where one cannot be put right by itself. */
    private function moveRoutes(Relocation $relocation): bool
    {
        $connection = Database::getConnection();
        if (!$connection->schema()->tableExists('router')) {
            return true;
        }
        foreach ($connection->query('SELECT name, path, route FROM {router}') as $row) {
            $path = $relocation->value($row->path);
            if ($path === $row->path) {
                continue;
            }
            $route = unserialize($row->route);
            if (!$route instanceof \Symfony\Component\Routing\Route) {
                return false;
            }
            $compiled = $route->setPath($path)->compile();
            $connection->update('router')->condition('name', $row->name)->fields([
                'path' => $route->getPath(),
                'fit' => $compiled->getFit(),
                'pattern_outline' => $compiled->getPatternOutline(),
                'number_parts' => $compiled->getNumParts(),
                'route' => serialize($route),
            ])->execute();
        }
        return true;
    }

    private function rebuildRoutes(): void
    {
        if (\Drupal::hasService('router.builder')) {
            \Drupal::service('router.builder')->rebuild();
        }
    }

    /** Wherever the address of whom the installation belonged to stands by itself, it is the new owner's; of the site
     * itself it is said anyway. */
    private function readdress(string $from, string $to): void
    {
        if ($from === '' || $from === $to) {
            return;
        }
        $rows = Database::getConnection()->query("SELECT name, data FROM {config} WHERE collection = ''")->fetchAllKeyed();
        foreach ($rows as $name => $text) {
            if ($name !== 'system.site' && strpos((string) $text, $from) !== false) {
                $data = unserialize((string) $text);
                array_walk_recursive($data, function (&$value) use ($from, $to): void {
                    $value = $value === $from ? $to : $value;
                });
                \Drupal::configFactory()->getEditable($name)->setData($data)->save(true);
            }
        }
    }
}
