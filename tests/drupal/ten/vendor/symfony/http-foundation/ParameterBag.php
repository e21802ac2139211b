<?php

namespace Symfony\Component\HttpFoundation;

class ParameterBag
{
    private array $parameters;

    public function __construct(array $parameters)
    {
        $this->parameters = $parameters;
    }

    public function get(string $key, $default = null)
    {
        return $this->parameters[$key] ?? $default;
    }
}
