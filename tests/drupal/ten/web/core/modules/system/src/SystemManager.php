<?php

namespace Drupal\system;

use Drupal\Core\Extension\ModuleHandler;

final class SystemManager
{
    private ModuleHandler $modules;

    public function __construct(ModuleHandler $modules)
    {
        $this->modules = $modules;
    }

    public function listRequirements(): array
    {
        require_once \Drupal::root() . '/core/includes/install.inc';
        drupal_load_updates();
        return $this->modules->invokeAll('requirements', ['runtime']);
    }
}
