<?php

namespace Drupal\Core\DependencyInjection;

final class Container
{
    private array $parameters;
    /** @var array<string, callable> */
    private array $factories;
    private array $services = [];

    public function __construct(array $parameters, array $factories)
    {
        $this->parameters = $parameters;
        $this->factories = $factories;
    }

    public function get(string $id)
    {
        if (!$this->has($id)) {
            throw new \InvalidArgumentException("You have requested a non-existent service \"$id\".");
        }
        return $this->services[$id] = $this->services[$id] ?? ($this->factories[$id])($this);
    }

    public function has(string $id): bool
    {
        return isset($this->services[$id]) || isset($this->factories[$id]);
    }

    public function set(string $id, $service): void
    {
        $this->services[$id] = $service;
    }

    public function getParameter(string $name)
    {
        if (!$this->hasParameter($name)) {
            throw new \InvalidArgumentException("You have requested a non-existent parameter \"$name\".");
        }
        return $this->parameters[$name];
    }

    public function hasParameter(string $name): bool
    {
        return array_key_exists($name, $this->parameters);
    }
}
