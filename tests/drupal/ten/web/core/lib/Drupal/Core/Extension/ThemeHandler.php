<?php

namespace Drupal\Core\Extension;

use Drupal\Core\Config\ConfigFactory;

final class ThemeHandler
{
    private ConfigFactory $config;

    public function __construct(ConfigFactory $config)
    {
        $this->config = $config;
    }

    public function themeExists(string $name): bool
    {
        return isset($this->config->get('core.extension')->get('theme')[$name]);
    }
}
