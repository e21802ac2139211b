<?php

namespace Drupal\Core\Update;

use Drupal\Core\DrupalKernel;

/** Never uses the compiled container that a site has cached. */
class UpdateKernel extends DrupalKernel
{
    protected function cachedDefinition(): ?array
    {
        return null;
    }

    protected function cacheDefinition(array $definition): void
    {
    }
}
