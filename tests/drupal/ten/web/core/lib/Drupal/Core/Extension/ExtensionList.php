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

    public function getAllInstalledInfo(): array
    {
        $installed = array_filter($this->getList(), fn($extension) => $extension->status === 1);
        return array_map(fn($extension) => $extension->info, $installed);
    }
}
