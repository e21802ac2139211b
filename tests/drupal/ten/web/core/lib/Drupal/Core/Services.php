<?php

namespace Drupal\Core;

use Drupal\Core\Cache\CacheBackend;
use Drupal\Core\DependencyInjection\Container;
use Drupal\Core\Extension\ExtensionList;
use Drupal\Core\Extension\ModuleHandler;

/** What the container can make. */
final class Services
{
    /** @return array<string, callable> */
    public static function all(): array
    {
        $services = [
            'database' => fn() => Database\Database::getConnection(),
            'keyvalue' => fn($c) => new KeyValueStore\KeyValueFactory($c->get('database')),
            'state' => fn($c) => $c->get('keyvalue')->get('state'),
            'config.factory' => fn($c) => new Config\ConfigFactory($c->get('database')),
            'config.storage' => fn($c) => new Config\DatabaseStorage($c->get('database')),
            'uuid' => fn() => new \Drupal\Component\Uuid\Php(),
            'path.validator' => fn($c) => new Path\PathValidator($c->get('database')),
            'lock' => fn($c) => new Lock\DatabaseLockBackend($c->get('database')),
            'cron' => fn() => new Cron(),
            'request_stack' => fn() => new \Symfony\Component\HttpFoundation\RequestStack(),
            'router.request_context' => fn() => new Routing\RequestContext(),
            'module_handler' => fn($c) => new ModuleHandler($c->getParameter('app.root'), self::modules($c)),
            'update.update_hook_registry' => fn($c) => new Update\UpdateHookRegistry(
                array_keys(self::modules($c)),
                $c->get('keyvalue')->get('system.schema')
            ),
            'update.post_update_registry' => fn($c) => new Update\UpdateRegistry(
                $c->get('module_handler'),
                $c->get('keyvalue')->get('post_update')
            ),
            'entity_type.manager' => fn() => new Entity\EntityTypeManager(),
            'theme_handler' => fn($c) => new Extension\ThemeHandler($c->get('config.factory')),
            'system.manager' => fn($c) => new \Drupal\system\SystemManager($c->get('module_handler')),
            'extension.discovery' => fn($c) => new Extension\ExtensionDiscovery(
                $c->getParameter('app.root'),
                $c->getParameter('site.path')
            ),
        ];
        foreach (['module', 'theme', 'profile', 'theme_engine'] as $type) {
            $services["extension.list.$type"] = fn($c) => new ExtensionList(
                $type,
                $c->get('extension.discovery'),
                $c->getParameter('install_profile')
            );
        }
        foreach (['default', 'page', 'dynamic_page_cache', 'container', 'config', 'render', 'discovery'] as $bin) {
            $services["cache.$bin"] = fn() => new CacheBackend($bin);
        }
        return $services;
    }

    /** @return array<string, string> */
    private static function modules(Container $container): array
    {
        return array_map(fn($module) => $module['pathname'], $container->getParameter('container.modules'));
    }
}
