<?php

declare(strict_types=1);

namespace Aegir;

/** What a Drupal 7 has, and which of it waits for updates. */
trait SevenExtensions
{
    public function extensions(array $op): array
    {
        $this->boot();
        $this->loadUpdates();
        $packages = [$this->corePackage()];
        $known = [];
        foreach (\db_query("SELECT name, type, status, schema_version FROM {system}") as $row) {
            $known[$row->type][$row->name] = $row;
        }
        $profile = \drupal_get_profile();
        foreach (\_system_rebuild_module_data() as $name => $file) {
            $kind = $name === $profile ? 'profile' : 'module';
            $packages[] = $this->package($kind, (string) $name, $file, $known['module'][$name] ?? null);
        }
        foreach (\_system_rebuild_theme_data() as $name => $file) {
            $packages[] = $this->package('theme', (string) $name, $file, $known['theme'][$name] ?? null);
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
        return ['updates' => $updates, 'warnings' => $warnings];
    }

    private function corePackage(): array
    {
        return [
            'kind' => 'core',
            'name' => 'drupal',
            'title' => 'Drupal',
            'version' => VERSION,
            'path' => '',
            'schema' => null,
            'schema_installed' => null,
            'removed_before' => null,
            'enabled' => true,
            'hidden' => false,
        ];
    }

    /** @param ?object $row what the table {system} says of it */
    private function package(string $kind, string $name, object $file, ?object $row): array
    {
        $enabled = $row && (int) $row->status === 1;
        $installed = $row && $kind !== 'theme' ? (int) $row->schema_version : null;
        return [
            'kind' => $kind,
            'name' => $name,
            'title' => (string) ($file->info['name'] ?? $name),
            'version' => (string) ($file->info['version'] ?? ''),
            'path' => dirname($file->uri),
            'enabled' => $enabled,
            'hidden' => !empty($file->info['hidden']),
            'schema_installed' => $installed === -1 ? null : $installed,
        ] + $this->schemas($name, $enabled && $kind !== 'theme');
    }

    /** Only an installed module's update functions are loaded, so only of those is anything known. */
    private function schemas(string $name, bool $loaded): array
    {
        $updates = $loaded ? \drupal_get_schema_versions($name) : false;
        $removed = $loaded ? \module_invoke($name, 'update_last_removed') : null;
        return [
            'schema' => $updates ? (int) max($updates) : null,
            'removed_before' => $removed === null ? null : (int) $removed,
        ];
    }

    private function loadUpdates(): void
    {
        foreach (['install.inc', 'update.inc', 'batch.inc'] as $include) {
            require_once DRUPAL_ROOT . '/includes/' . $include;
        }
        \drupal_load_updates();
    }
}
