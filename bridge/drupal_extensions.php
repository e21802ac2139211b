<?php

declare(strict_types=1);

namespace Aegir;

/** What a Drupal 8 to 11 has, and which of it waits for updates. */
trait ModernExtensions
{
    public function extensions(array $op): array
    {
        $this->boot();
        $this->loadUpdates();
        $packages = [$this->corePackage()];
        foreach (['module', 'theme', 'profile', 'theme_engine'] as $type) {
            $list = \Drupal::service("extension.list.{$type}");
            $list->reset();
            foreach ($list->getList() as $name => $extension) {
                if ($extension->getType() === $type) {
                    $packages[] = $this->package((string) $name, $extension);
                }
            }
        }
        return ['packages' => $packages];
    }

    public function pending(array $op): array
    {
        $this->boot();
        $this->loadUpdates();
        $updates = [];
        $warnings = [];
        foreach (\update_get_update_list() as $module => $entry) {
            if (isset($entry['warning'])) {
                $warnings[] = plain((string) $entry['warning']);
            }
            foreach ($entry['pending'] ?? [] as $number => $description) {
                $updates[] = pending_update((string) $module, (string) $number, (string) $description);
            }
        }
        $post = \Drupal::service('update.post_update_registry')->getPendingUpdateInformation();
        foreach ($post as $module => $entry) {
            foreach ($entry['pending'] ?? [] as $name => $description) {
                $updates[] = pending_update((string) $module, (string) $name, (string) $description);
            }
        }
        return ['updates' => $updates, 'warnings' => $warnings];
    }

    private function corePackage(): array
    {
        return [
            'kind' => 'core',
            'name' => 'drupal',
            'title' => 'Drupal',
            'version' => \Drupal::VERSION,
            'path' => 'core',
            'schema' => null,
            'schema_installed' => null,
            'removed_before' => null,
            'enabled' => true,
            'hidden' => false,
        ];
    }

    /** @param object $extension \Drupal\Core\Extension\Extension with its info */
    private function package(string $name, $extension): array
    {
        $kind = $extension->getType();
        $enabled = $this->isEnabled($kind, $name);
        return [
            'kind' => $kind,
            'name' => $name,
            'title' => (string) ($extension->info['name'] ?? $name),
            'version' => (string) ($extension->info['version'] ?? ''),
            'path' => $extension->getPath(),
            'enabled' => $enabled,
            'hidden' => !empty($extension->info['hidden']),
        ] + $this->schemas($name, $enabled && in_array($kind, ['module', 'profile'], true));
    }

    private function isEnabled(string $kind, string $name): bool
    {
        switch ($kind) {
            case 'theme':
                return \Drupal::service('theme_handler')->themeExists($name);
            case 'theme_engine':
                return true;
            default:
                return \Drupal::moduleHandler()->moduleExists($name);
        }
    }

    /** Only an enabled module's update functions are loaded, so only of those is anything known. */
    private function schemas(string $name, bool $enabled): array
    {
        if (!$enabled) {
            return ['schema' => null, 'schema_installed' => null, 'removed_before' => null];
        }
        $updates = $this->availableUpdates($name);
        $removed = $name . '_update_last_removed';
        return [
            'schema' => $updates ? (int) max($updates) : null,
            'schema_installed' => $this->installedSchema($name),
            'removed_before' => function_exists($removed) ? (int) $removed() : null,
        ];
    }

    /** A service since 9.3, functions before. */
    private function availableUpdates(string $module): array
    {
        if (\Drupal::hasService('update.update_hook_registry')) {
            return \Drupal::service('update.update_hook_registry')->getAvailableUpdates($module);
        }
        return \drupal_get_schema_versions($module) ?: [];
    }

    private function installedSchema(string $module): int
    {
        if (\Drupal::hasService('update.update_hook_registry')) {
            return \Drupal::service('update.update_hook_registry')->getInstalledVersion($module);
        }
        return (int) \drupal_get_installed_schema_version($module);
    }

    private function recordSchema(string $module, int $schema): void
    {
        if (\Drupal::hasService('update.update_hook_registry')) {
            \Drupal::service('update.update_hook_registry')->setInstalledVersion($module, $schema);
            return;
        }
        \drupal_set_installed_schema_version($module, $schema);
    }

    /** Without this the update registry finds nothing. */
    private function loadUpdates(): void
    {
        if (function_exists('drupal_load_updates')) {
            \drupal_load_updates();
            return;
        }
        \Drupal::moduleHandler()->loadAllIncludes('install');
    }
}
