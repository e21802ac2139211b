<?php

namespace Symfony\Component\HttpFoundation;

class RequestStack
{
    private array $requests = [];

    public function push(Request $request): void
    {
        $this->requests[] = $request;
    }

    public function getCurrentRequest(): ?Request
    {
        return end($this->requests) ?: null;
    }
}
