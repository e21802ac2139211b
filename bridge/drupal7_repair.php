<?php

declare(strict_types=1);

namespace Aegir;

/** A Drupal 7 whose modules lie elsewhere than its tables say cannot boot; this corrects the tables first. */
trait SevenRepair
{
    /** From where to where the site was moved, when that is known. */
    private ?Relocation $relocation = null;
    /** @var string[] */
    private array $repaired = [];

    /** Called when the database can be asked and no module is loaded yet. */
    private function repairPaths(): void
    {
        $moved = [];
        $enabled = \db_query("SELECT name, type, filename FROM {system} WHERE status = 1");
        foreach ($enabled as $row) {
            // The directory that a site was copied from may still be there.
            $left = $this->relocation && $this->relocation->concerns($row->filename);
            if ($left || !is_file(DRUPAL_ROOT . '/' . $row->filename)) {
                $moved[] = $row;
            }
        }
        if (!$moved) {
            return;
        }
        foreach ($moved as $row) {
            $this->repairPath($row);
        }
        foreach (['cache_bootstrap', 'cache', 'cache_menu'] as $table) {
            \db_delete($table)->execute();
        }
        foreach (['common.inc', 'file.inc', 'lock.inc', 'module.inc'] as $include) {
            include_once DRUPAL_ROOT . '/includes/' . $include;
        }
        \lock_initialize();
        \registry_update();
    }

    private function repairPath(object $row): void
    {
        $found = $this->find(basename($row->filename));
        if ($found === null) {
            $this->answers->progress("The code of the enabled {$row->type} {$row->name} is missing.");
            return;
        }
        \db_update('system')->fields(['filename' => $found])->condition('filename', $row->filename)->execute();
        $this->repaired[] = "{$row->type} {$row->name}";
        $this->answers->progress("{$row->name} moved from {$row->filename} to {$found}.");
    }

    /** Where Drupal would find this file; a later place wins over an earlier one. */
    private function find(string $basename): ?string
    {
        $found = null;
        foreach (['modules', 'themes', 'profiles', 'sites/all', $this->job['site']] as $top) {
            if (!is_dir($top)) {
                continue;
            }
            $tree = new \RecursiveIteratorIterator(
                new \RecursiveDirectoryIterator($top, \FilesystemIterator::SKIP_DOTS),
                \RecursiveIteratorIterator::LEAVES_ONLY,
                \RecursiveIteratorIterator::CATCH_GET_CHILD
            );
            foreach ($tree as $file) {
                if ($file->getFilename() === $basename) {
                    $found = $file->getPathname();
                }
            }
        }
        return $found;
    }
}
