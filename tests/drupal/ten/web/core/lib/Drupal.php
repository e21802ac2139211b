<?php

/** Static doors to the container, as callers of Drupal know them. */
class Drupal
{
    const VERSION = '10.99.0';
    const CORE_MINIMUM_SCHEMA_VERSION = 8000;

    private static $container = null;

    public static function setContainer($container): void
    {
        self::$container = $container;
    }

    public static function hasContainer(): bool
    {
        return self::$container !== null;
    }

    public static function getContainer()
    {
        if (!self::$container) {
            throw new \RuntimeException('\Drupal::$container is not initialized yet.');
        }
        return self::$container;
    }

    public static function service(string $id)
    {
        return self::getContainer()->get($id);
    }

    public static function hasService(string $id): bool
    {
        return self::hasContainer() && self::$container->has($id);
    }

    public static function root(): string
    {
        return self::getContainer()->getParameter('app.root');
    }

    public static function state()
    {
        return self::service('state');
    }

    public static function config(string $name)
    {
        return self::service('config.factory')->get($name);
    }

    public static function configFactory()
    {
        return self::service('config.factory');
    }

    public static function cache(string $bin = 'default')
    {
        return self::service("cache.$bin");
    }

    public static function entityTypeManager()
    {
        return self::service('entity_type.manager');
    }

    public static function database()
    {
        return self::service('database');
    }

    public static function moduleHandler()
    {
        return self::service('module_handler');
    }

    public static function request()
    {
        return self::service('request_stack')->getCurrentRequest();
    }
}
