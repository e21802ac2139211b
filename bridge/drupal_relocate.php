<?php

declare(strict_types=1);

namespace Aegir;

use Drupal\Core\Database\Database;

/** What Drupal 8 and later store by path, corrected after the directory was copied, moved or renamed. */
trait ModernRelocate
{
    public function relocate(array $op): array
    {
        $relocation = new Relocation($op, $this->job);
        $this->bootAnew();
        $changed = array_merge($this->relocateConfig($relocation), $this->relocateState($relocation));
        $this->dropBootCaches();
        return ['changed' => $changed];
    }

    /**
     * Straight in the storage, translations and other collections included: no event tells modules of it, for
     * whatever they derive from a path is made anew when the caches are rebuilt.
     *
     * @return string[]
     */
    private function relocateConfig(Relocation $relocation): array
    {
        $changed = [];
        $storage = \Drupal::service('config.storage');
        foreach (array_merge([''], $storage->getAllCollectionNames()) as $collection) {
            $part = $collection === '' ? $storage : $storage->createCollection($collection);
            foreach ($part->listAll() as $name) {
                $data = $part->read($name);
                $moved = $relocation->value($data);
                if ($name === 'system.site' && isset($data['name'])) {
                    $moved['name'] = $relocation->title($data['name']);
                }
                if ($moved !== $data) {
                    $part->write($name, $moved);
                    $changed[] = trim("configuration {$collection} {$name}");
                }
            }
        }
        \Drupal::configFactory()->reset();
        return str_replace('  ', ' ', $changed);
    }

    /** @return string[] */
    private function relocateState(Relocation $relocation): array
    {
        $changed = [];
        $connection = Database::getConnection();
        $rows = $connection->query('SELECT name, value FROM {key_value} WHERE collection = :state', [':state' => 'state']);
        foreach ($rows->fetchAllKeyed() as $name => $text) {
            $moved = $relocation->serialized((string) $text);
            if ($moved !== null) {
                $connection->update('key_value')->fields(['value' => $moved])
                    ->condition('collection', 'state')->condition('name', $name)->execute();
                $changed[] = "state {$name}";
            }
        }
        \Drupal::state()->resetCache();
        return $changed;
    }
}
