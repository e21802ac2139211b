<?php

declare(strict_types=1);

namespace Aegir;

function core_package(string $version, string $path): array
{
    return [
        'kind' => 'core',
        'name' => 'drupal',
        'title' => 'Drupal',
        'version' => $version,
        'path' => $path,
        'hidden' => false,
        'schema' => null,
        'removed_before' => null,
    ];
}

/** English, and what the codebase itself holds translations for: no other can be had without the network. */
function languages(string $root, array $tops, string $pattern): array
{
    $found = [];
    foreach ($tops as $top) {
        foreach (glob("$root/$top/*/translations/*.po") as $file) {
            if (preg_match($pattern, basename($file), $parts)) {
                $found[$parts[1]] = true;
            }
        }
    }
    unset($found['en']);
    $codes = array_map('strval', array_keys($found));
    sort($codes);
    return array_merge(['en'], $codes);
}

/** What lies in the codebase of a Drupal 8 or later. */
final class ScanModern
{
    /** Drupal's own list, and what settings.php adds to it. */
    private const SKIPPED = [
        'src', 'lib', 'vendor', 'assets', 'css', 'files', 'images', 'js', 'misc', 'templates', 'includes',
        'fixtures', 'Drupal', 'tests', 'node_modules', 'bower_components',
    ];
    private const SUFFIX = '.info.yml';

    public string $root;
    public string $version = '';
    public array $packages = [];
    /** @var array<string, bool> profile that may be chosen => whether it is a distribution */
    public array $profiles = [];

    private Info $info;

    public function __construct(string $root)
    {
        $this->root = $root;
        $this->info = new Info($root);
    }

    public function read(Code $code): void
    {
        preg_match("/const VERSION = '([^']+)'/", $code->text('core/lib/Drupal.php'), $parts);
        $this->version = $parts[1] ?? '';
        $this->packages[] = core_package($this->version, 'core');
        foreach (['core/', '', 'sites/all/'] as $origin) {
            foreach (['profiles', 'modules', 'themes'] as $top) {
                $files = walk($this->root, $origin . $top, [self::class, 'enter']);
                foreach ($files as $path => $name) {
                    if (substr($name, -strlen(self::SUFFIX)) === self::SUFFIX) {
                        $this->package($code, $files, $path, substr($name, 0, -strlen(self::SUFFIX)));
                    }
                }
            }
        }
    }

    public function languages(): array
    {
        return languages($this->root, ['core/profiles', 'profiles'], '/^drupal-[\w.-]+\.([A-Za-z-]+)\.po$/');
    }

    /** A module may be called «config»; all other directories of that name hold configuration. */
    public static function enter(string $path, string $name): bool
    {
        if ($name === 'config') {
            return substr($path, -14) === 'modules/config';
        }
        return !in_array($name, self::SKIPPED, true);
    }

    private function package(Code $code, array $files, string $path, string $name): void
    {
        if (!preg_match('/^[a-zA-Z_\x7f-\xff][\w\x7f-\xff]*$/', $name)) {
            return;
        }
        try {
            $info = $this->info->yaml($code->text($path));
        } catch (\Exception $problem) {
            $code->problems[] = "$path cannot be understood: " . rtrim($problem->getMessage(), '.') . '.';
            return;
        }
        if (!isset($info['type'])) {
            return;
        }
        $this->complain($code, $path, $info);
        $this->add($code, $files, dirname($path), $name, $info);
    }

    /** Without these Drupal refuses to list any extension at all. */
    private function complain(Code $code, string $path, array $info): void
    {
        if (!isset($info['name'])) {
            $code->problems[] = "$path lacks the key «name».";
        }
        $exempt = strpos($path, 'core/') === 0 || ($info['package'] ?? '') === 'Testing';
        if (!$exempt && !isset($info['core_version_requirement']) && (int) $this->version >= 9) {
            $code->problems[] = "$path lacks the key «core_version_requirement».";
        }
    }

    private function add(Code $code, array $files, string $path, string $name, array $info): void
    {
        $kind = (string) $info['type'];
        $version = (string) ($info['version'] ?? '');
        $hidden = !empty($info['hidden']);
        if ($kind === 'profile' && !$hidden) {
            $this->profiles[$name] = isset($info['distribution']);
        }
        $this->packages[] = [
            'kind' => $kind,
            'name' => $name,
            'title' => (string) ($info['name'] ?? $name),
            'version' => $version === 'VERSION' ? $this->version : $version,
            'path' => $path,
            'hidden' => $hidden,
        ] + $this->code($code, $files, $path, $name);
    }

    private function code(Code $code, array $files, string $path, string $name): array
    {
        foreach (['module', 'profile', 'theme', 'engine', 'post_update.php'] as $suffix) {
            if (isset($files["$path/$name.$suffix"])) {
                $code->tokens("$path/$name.$suffix");
            }
        }
        if (isset($files["$path/$name.install"])) {
            return $code->updates("$path/$name.install", $name);
        }
        return ['schema' => null, 'removed_before' => null];
    }
}
