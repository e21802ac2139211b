<?php

namespace Drupal\Core\Update;

use Drupal\Core\Extension\ModuleHandler;
use Drupal\Core\KeyValueStore\KeyValueStore;

/** Post updates: named functions in MODULE.post_update.php, each run once. */
final class UpdateRegistry
{
    private ModuleHandler $modules;
    private KeyValueStore $ran;

    public function __construct(ModuleHandler $modules, KeyValueStore $ran)
    {
        [$this->modules, $this->ran] = [$modules, $ran];
    }

    /** @return string[] */
    public function getUpdateFunctions(string $module): array
    {
        $this->modules->loadInclude($module, 'post_update.php');
        $pattern = "/^{$module}_post_update_/";
        return array_values(preg_grep($pattern, get_defined_functions()['user']));
    }

    /** @return string[] */
    public function getPendingUpdateFunctions(): array
    {
        $pending = [];
        foreach (array_keys($this->modules->getModuleList()) as $module) {
            array_push($pending, ...$this->getUpdateFunctions($module));
        }
        return array_values(array_diff($pending, $this->ran->get('existing_updates', [])));
    }

    /** @return array<string, array{pending: array<string, string>, start: string}> */
    public function getPendingUpdateInformation(): array
    {
        $information = [];
        foreach ($this->getPendingUpdateFunctions() as $function) {
            [$module, $name] = explode('_post_update_', $function, 2);
            $comment = (string) (new \ReflectionFunction($function))->getDocComment();
            $information[$module]['pending'][$name] = trim($comment, "/* \n");
            $information[$module]['start'] = $information[$module]['start'] ?? $name;
        }
        return $information;
    }

    /** @param string[] $functions */
    public function registerInvokedUpdates(array $functions): self
    {
        $this->ran->set('existing_updates', array_merge($this->ran->get('existing_updates', []), $functions));
        return $this;
    }
}
