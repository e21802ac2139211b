<?php

namespace Drupal\Core\Update;

use Drupal\Core\KeyValueStore\KeyValueStore;

/** Which update functions there are, and where each module stands. */
final class UpdateHookRegistry
{
    const SCHEMA_UNINSTALLED = -1;

    private array $enabled;
    private KeyValueStore $installed;

    public function __construct(array $enabled, KeyValueStore $installed)
    {
        [$this->enabled, $this->installed] = [$enabled, $installed];
    }

    /** Looks at loaded functions alone: empty before drupal_load_updates(). */
    public function getAvailableUpdates(string $module): array
    {
        $numbers = [];
        foreach (get_defined_functions()['user'] as $function) {
            if (preg_match('/^' . $module . '_update_(\d+)$/', $function, $found)) {
                $numbers[] = (int) $found[1];
            }
        }
        sort($numbers);
        return $numbers;
    }

    public function getInstalledVersion(string $module): int
    {
        return (int) $this->installed->get($module, self::SCHEMA_UNINSTALLED);
    }

    public function setInstalledVersion(string $module, int $version): self
    {
        $this->installed->set($module, $version);
        return $this;
    }

    /** @return array<string, int> */
    public function getAllInstalledVersions(): array
    {
        return array_map('intval', $this->installed->getAll());
    }
}
