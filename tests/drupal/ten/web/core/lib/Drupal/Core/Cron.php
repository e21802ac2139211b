<?php

namespace Drupal\Core;

final class Cron
{
    /** False when another run holds the lock. */
    public function run(): bool
    {
        $lock = \Drupal::service('lock');
        if (!$lock->acquire('cron', 900.0)) {
            return false;
        }
        Switches::at('cron');
        \Drupal::moduleHandler()->invokeAll('cron');
        \Drupal::state()->set('system.cron_last', time());
        $lock->release('cron');
        return true;
    }
}
