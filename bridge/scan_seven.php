<?php

declare(strict_types=1);

namespace Aegir;

/** What lies in a Drupal 7 codebase. */
final class ScanSeven
{
    public string $root;
    public string $version = '';
    public array $packages = [];
    /** @var array<string, bool> profile that may be chosen => whether it is a distribution */
    public array $profiles = [];

    private Info $info;
    /** @var array<string, string> path => base name */
    private array $files = [];

    public function __construct(string $root)
    {
        $this->root = $root;
        $this->info = new Info($root);
    }

    public function read(Code $code): void
    {
        preg_match("/^define\('VERSION', '([^']+)'\)/m", $code->text('includes/bootstrap.inc'), $parts);
        $this->version = $parts[1] ?? '';
        $this->packages[] = core_package($this->version, '');
        foreach (['modules', 'themes', 'profiles', 'sites/all/modules', 'sites/all/themes'] as $top) {
            $this->files += walk($this->root, $top, static function (string $path, string $name): bool {
                return $name !== 'CVS';
            });
        }
        foreach ($this->files as $path => $name) {
            $this->file($code, $path, $name);
        }
    }

    public function languages(): array
    {
        return languages($this->root, ['profiles'], '/^(?:.+\.)?([^.]{1,12})\.po$/');
    }

    private function file(Code $code, string $path, string $name): void
    {
        $bare = pathinfo($name, PATHINFO_FILENAME);
        $base = dirname($path) . '/' . $bare;
        if (substr($name, -7) === '.engine') {
            $code->tokens($path);
            $this->add($code, 'theme_engine', $bare, dirname($path), []);
            return;
        }
        if (substr($name, -5) !== '.info') {
            return;
        }
        if (isset($this->files["$base.module"])) {
            $this->add($code, 'module', $bare, dirname($path), $this->info->ini($code->text($path)));
        } elseif ($base === "profiles/$bare/$bare" && isset($this->files["$base.profile"])) {
            $this->add($code, 'profile', $bare, dirname($path), $this->info->ini($code->text($path)));
        } elseif (preg_match('@^(profiles/[^/]+/|sites/all/)?themes/@', $path)) {
            $this->add($code, 'theme', $bare, dirname($path), $this->info->ini($code->text($path)));
        }
    }

    private function add(Code $code, string $kind, string $name, string $path, array $info): void
    {
        $hidden = !empty($info['hidden']) && strtolower($info['hidden']) !== 'false';
        $version = $info['version'] ?? '';
        if ($kind === 'profile' && (!$hidden || in_array($name, IN_FRONT, true))) {
            $this->profiles[$name] = !empty($info['exclusive']);
        }
        $this->packages[] = [
            'kind' => $kind,
            'name' => $name,
            'title' => $info['name'] ?? $name,
            'version' => $version === 'VERSION' ? $this->version : $version,
            'path' => $path,
            // Drupal itself hides every profile in its list of modules.
            'hidden' => $hidden || ($kind === 'profile' && !isset($info['hidden'])),
        ] + $this->code($code, $kind, $name, $path);
    }

    private function code(Code $code, string $kind, string $name, string $path): array
    {
        $checked = ['module' => "$name.module", 'profile' => "$name.profile", 'theme' => 'template.php'];
        if (isset($checked[$kind], $this->files["$path/{$checked[$kind]}"])) {
            $code->tokens("$path/{$checked[$kind]}");
        }
        if ($kind !== 'theme' && isset($this->files["$path/$name.install"])) {
            return $code->updates("$path/$name.install", $name);
        }
        return ['schema' => null, 'removed_before' => null];
    }
}
