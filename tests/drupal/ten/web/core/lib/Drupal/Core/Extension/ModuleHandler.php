<?php

namespace Drupal\Core\Extension;

/** The enabled modules. Their paths come from the compiled container, and so does the root (trap 1). */
final class ModuleHandler
{
    private string $root;
    /** @var array<string, string> name => path of the info file, below the root */
    private array $modules;

    public function __construct(string $root, array $modules)
    {
        [$this->root, $this->modules] = [$root, $modules];
    }

    public function loadAll(): void
    {
        foreach (array_keys($this->modules) as $name) {
            $this->loadInclude($name, 'module');
        }
    }

    public function loadAllIncludes(string $type): void
    {
        foreach (array_keys($this->modules) as $name) {
            $this->loadInclude($name, $type);
        }
    }

    public function loadInclude(string $module, string $type, ?string $name = null)
    {
        $file = $this->root . '/' . dirname($this->modules[$module]) . '/' . ($name ?: $module) . ".$type";
        if (!is_file($file)) {
            return false;
        }
        require_once $file;
        return $file;
    }

    /** @return array<string, Extension> */
    public function getModuleList(): array
    {
        return array_map(fn($path) => new Extension($path), $this->modules);
    }

    public function moduleExists(string $name): bool
    {
        return isset($this->modules[$name]);
    }

    public function invoke(string $module, string $hook, array $arguments = [])
    {
        return function_exists("{$module}_$hook") ? ("{$module}_$hook")(...$arguments) : null;
    }

    public function invokeAll(string $hook, array $arguments = []): array
    {
        $answers = [];
        foreach (array_keys($this->modules) as $module) {
            $answers = array_merge_recursive($answers, (array) $this->invoke($module, $hook, $arguments));
        }
        return $answers;
    }
}
