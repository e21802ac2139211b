<?php

namespace Drupal\Core\Extension;

/** Modules, themes, profiles or theme engines: as code, and as this site has them. */
final class ExtensionList
{
    private string $type;
    private ExtensionDiscovery $discovery;
    private ?string $profile;
    /** @var array<string, Extension>|null */
    private ?array $found = null;

    public function __construct(string $type, ExtensionDiscovery $discovery, ?string $profile)
    {
        [$this->type, $this->discovery, $this->profile] = [$type, $discovery, $profile];
    }

    public function reset(): self
    {
        $this->found = null;
        $this->discovery->reset();
        return $this;
    }

    /** @return array<string, Extension> */
    public function getList(): array
    {
        if ($this->found === null) {
            $this->found = $this->discovery->scan($this->type, $this->profile);
            $installed = \Drupal::config('core.extension')->get($this->type === 'theme' ? 'theme' : 'module') ?? [];
            foreach (array_intersect_key($this->found, $installed) as $name => $extension) {
                $extension->status = 1;
                $extension->weight = $installed[$name];
            }
        }
        return $this->found;
    }

    public function get(string $name): Extension
    {
        if (!$this->exists($name)) {
            throw new UnknownExtensionException("The {$this->type} $name does not exist.");
        }
        return $this->getList()[$name];
    }

    public function exists(string $name): bool
    {
        return isset($this->getList()[$name]);
    }

    public function getName(string $name): string
    {
        return $this->get($name)->info['name'];
    }

    public function getPath(string $name): string
    {
        return $this->get($name)->getPath();
    }

    public function getExtensionInfo(string $name): array
    {
        return $this->get($name)->info;
    }

    public function getAllInstalledInfo(): array
    {
        $installed = array_filter($this->getList(), fn($extension) => $extension->status === 1);
        return array_map(fn($extension) => $extension->info, $installed);
    }

    public function checkIncompatibility(string $name): bool
    {
        $this->get($name);
        return false;
    }
}
