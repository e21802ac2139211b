<?php

namespace Symfony\Component\HttpFoundation;

class ParameterBag
{
    protected array $parameters;

    public function __construct(array $parameters = [])
    {
        $this->parameters = $parameters;
    }

    public function all(): array
    {
        return $this->parameters;
    }

    public function get(string $key, $default = null)
    {
        return $this->parameters[$key] ?? $default;
    }

    public function has(string $key): bool
    {
        return isset($this->parameters[$key]);
    }

    public function set(string $key, $value): void
    {
        $this->parameters[$key] = $value;
    }
}
