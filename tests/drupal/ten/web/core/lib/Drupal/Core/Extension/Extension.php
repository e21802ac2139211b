<?php

namespace Drupal\Core\Extension;

final class Extension
{
    public array $info = [];
    public int $status = 0;
    public int $weight = 0;
    public string $origin = '';
    private string $type = '';
    private string $pathname;

    public function __construct(string $pathname)
    {
        $this->pathname = $pathname;
    }

    public function setType(string $type): void
    {
        $this->type = $type;
    }

    public function getType(): string
    {
        return $this->type;
    }

    public function getName(): string
    {
        return basename($this->pathname, '.info.yml');
    }

    public function getPath(): string
    {
        return dirname($this->pathname);
    }

    public function getPathname(): string
    {
        return $this->pathname;
    }
}
