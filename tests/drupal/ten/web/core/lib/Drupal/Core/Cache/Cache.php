<?php

namespace Drupal\Core\Cache;

/** Cache bins are tables cache_<bin>, made when first written to. */
final class Cache
{
    /** @return array<string, CacheBackend> */
    public static function getBins(): array
    {
        $bins = [];
        foreach (\Drupal::database()->schema()->findTables('cache_%') as $table) {
            $bins[substr($table, 6)] = new CacheBackend(substr($table, 6));
        }
        return $bins;
    }
}
