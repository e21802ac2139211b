<?php

declare(strict_types=1);

namespace Aegir;

/** What Drupal 7 stores by path, corrected after its directory was copied, moved or renamed. */
trait SevenRelocate
{
    public function relocate(array $op): array
    {
        $relocation = new Relocation($op, $this->job);
        // Before the boot, which would load modules from the directory of before.
        $this->relocation = $relocation;
        $this->boot();
        $changed = array_merge($this->repaired, $this->relocateVariables($relocation));
        foreach (['cache', 'cache_bootstrap', 'cache_menu', 'cache_page'] as $bin) {
            \cache_clear_all('*', $bin, true);
        }
        \variable_set('menu_rebuild_needed', true);
        return ['changed' => $changed];
    }

    /** @return string[] */
    private function relocateVariables(Relocation $relocation): array
    {
        $changed = [];
        foreach (\db_query('SELECT name, value FROM {variable}')->fetchAllKeyed() as $name => $text) {
            $moved = $name === 'site_name' ? $this->relocateTitle($relocation, $text) : $relocation->serialized($text);
            if ($moved !== null) {
                \db_update('variable')->fields(['value' => $moved])->condition('name', $name)->execute();
                $changed[] = "variable {$name}";
            }
        }
        return $changed;
    }

    private function relocateTitle(Relocation $relocation, string $text): ?string
    {
        $title = (string) unserialize($text, ['allowed_classes' => false]);
        $moved = $relocation->title($title);
        return $moved === $title ? null : serialize($moved);
    }
}
