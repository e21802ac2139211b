<?php

namespace Drupal\Core\Routing;

use Symfony\Component\HttpFoundation\Request;

/** What generated links begin with. */
final class RequestContext
{
    private string $base = 'http://localhost';

    public function fromRequest(Request $request): self
    {
        $this->base = $request->getSchemeAndHttpHost();
        return $this;
    }

    public function getCompleteBaseUrl(): string
    {
        return $this->base;
    }
}
