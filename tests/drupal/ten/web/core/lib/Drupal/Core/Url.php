<?php

namespace Drupal\Core;

/** An internal path, its alias, and whether a stranger may go there. */
final class Url
{
    private string $path;
    private string $alias;
    private bool $open;

    public function __construct(string $path, string $alias, bool $open)
    {
        [$this->path, $this->alias, $this->open] = [$path, $alias, $open];
    }

    public function access($account = null): bool
    {
        return $this->open;
    }

    public function getInternalPath(): string
    {
        return ltrim($this->path, '/');
    }

    public function toString(): string
    {
        return $this->alias;
    }
}
