<?php

namespace Symfony\Component\HttpFoundation;

class RequestStack
{
    private array $requests = [];

    public function push(Request $request): void
    {
        $this->requests[] = $request;
    }

    public function pop(): ?Request
    {
        return array_pop($this->requests);
    }

    public function getCurrentRequest(): ?Request
    {
        return end($this->requests) ?: null;
    }

    public function getMainRequest(): ?Request
    {
        return $this->requests[0] ?? null;
    }
}
