<?php

namespace Drupal\Core\Extension;

/** Finds info files; in later places win over earlier ones. */
final class ExtensionDiscovery
{
    private string $root;
    private string $site;
    /** @var array<string, Extension[]>|null by type */
    private ?array $found = null;

    public function __construct(string $root, string $site)
    {
        [$this->root, $this->site] = [$root, $site];
    }

    public function reset(): void
    {
        $this->found = null;
    }

    /** @return array<string, Extension> */
    public function scan(string $type, ?string $profile): array
    {
        $this->found = $this->found ?? $this->everything();
        $ours = [];
        foreach ($this->found[$type] ?? [] as $extension) {
            // What lies inside a profile belongs to sites installed with that profile alone.
            if (!preg_match('@profiles/(\w+)/(modules|themes)/@', $extension->getPathname(), $parts) || $parts[1] === $profile) {
                $ours[$extension->getName()] = $extension;
            }
        }
        ksort($ours);
        return $ours;
    }

    private function everything(): array
    {
        $found = [];
        $parser = new InfoParser();
        foreach (['core', '.', 'sites/all', $this->site] as $origin) {
            foreach (['modules', 'profiles', 'themes'] as $folder) {
                foreach ($this->files($origin === '.' ? $folder : "$origin/$folder") as $path) {
                    $extension = new Extension($path);
                    $extension->origin = $origin;
                    $extension->info = $parser->parse("{$this->root}/$path") + ['package' => 'Other', 'version' => null, 'dependencies' => []];
                    $extension->setType($extension->info['type']);
                    $found[$extension->getType()][] = $extension;
                }
            }
        }
        return $found;
    }

    /** @return string[] below the root */
    private function files(string $folder): array
    {
        $files = [];
        foreach (is_dir("{$this->root}/$folder") ? scandir("{$this->root}/$folder") : [] as $name) {
            if ($name[0] === '.' || in_array($name, ['tests', 'vendor', 'node_modules', 'files'], true)) {
                continue;
            }
            if (is_dir("{$this->root}/$folder/$name")) {
                array_push($files, ...$this->files("$folder/$name"));
            } elseif (substr($name, -9) === '.info.yml') {
                $files[] = "$folder/$name";
            }
        }
        return $files;
    }
}
