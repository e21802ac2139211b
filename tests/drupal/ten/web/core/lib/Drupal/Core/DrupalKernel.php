<?php

namespace Drupal\Core;

use Drupal\Core\Cache\CacheBackend;
use Drupal\Core\Database\Database;
use Drupal\Core\DependencyInjection\Container;
use Drupal\Core\Extension\ExtensionDiscovery;
use Drupal\Core\Site\Settings;
use Symfony\Component\HttpFoundation\RedirectResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

/** Finds the site, reads its settings, makes its container, answers its requests. */
class DrupalKernel
{
    protected string $root;
    protected string $environment;
    protected $classLoader;
    protected ?string $sitePath = null;
    protected ?Container $container = null;

    public function __construct($environment, $class_loader, $allow_dumping = true, $app_root = null)
    {
        $this->environment = $environment;
        $this->classLoader = $class_loader;
        $this->root = $app_root ?: dirname(__DIR__, 4);
    }

    public static function bootEnvironment($app_root = null): void
    {
        // Trap 17: what the caller chose is lost.
        error_reporting(E_ALL & ~E_DEPRECATED);
        require_once dirname(__DIR__, 4) . '/core/includes/bootstrap.inc';
    }

    /** Trap 4: without sites/sites.php every host has sites/default; with it, the most special name that exists. */
    public static function findSitePath(Request $request, $require_settings = true, $app_root = null): string
    {
        $root = $app_root ?: dirname(__DIR__, 4);
        if (preg_match('/[^a-z0-9.:\[\]_-]/', $request->getHost())) {
            throw new UntrustedHostException('The host name is not one.');
        }
        if (!is_file("$root/sites/sites.php")) {
            return 'sites/default';
        }
        $sites = [];
        include "$root/sites/sites.php";
        foreach (self::candidates($request->getHttpHost()) as $name) {
            $name = isset($sites[$name]) && is_dir("$root/sites/$sites[$name]") ? $sites[$name] : $name;
            if (is_file("$root/sites/$name/settings.php") || (!$require_settings && is_dir("$root/sites/$name"))) {
                return "sites/$name";
            }
        }
        return 'sites/default';
    }

    /** @return string[] 8080.www.example.com, www.example.com, example.com, com */
    private static function candidates(string $host): array
    {
        $names = [];
        $parts = explode('.', implode('.', array_reverse(explode(':', rtrim($host, '.')))));
        for (; $parts; array_shift($parts)) {
            $names[] = implode('.', $parts);
        }
        return $names;
    }

    protected function initializeSettings(Request $request): void
    {
        $this->setSitePath(static::findSitePath($request, true, $this->root));
        Settings::initialize($this->root, $this->sitePath, $this->classLoader);
        $patterns = Settings::get('trusted_host_patterns', []);
        $host = $request->getHost();
        // Only here: nothing on the command line asks (trap 9).
        if ($patterns && !array_filter($patterns, fn($pattern) => preg_match("{{$pattern}}i", $host))) {
            throw new UntrustedHostException("The provided host name is not valid for this server.");
        }
    }

    public function setSitePath($path): void
    {
        if ($this->container) {
            throw new \LogicException('Site path cannot be changed after calling boot()');
        }
        $this->sitePath = $path;
    }

    public function boot(): self
    {
        if ($this->container) {
            return $this;
        }
        if (!$this->sitePath) {
            throw new \Exception('Kernel does not have site path set before calling boot()');
        }
        static::bootEnvironment($this->root);
        [Switches::$root, Switches::$site] = [$this->root, $this->sitePath];
        $this->initializeContainer();
        Switches::at('boot');
        return $this;
    }

    /** Trap 1: the definition from table cache_container is believed, root and all. */
    protected function initializeContainer(): void
    {
        $definition = $this->cachedDefinition();
        if (!$definition) {
            $definition = $this->compile();
            if ($definition['container.modules']) {
                $this->cacheDefinition($definition);
            }
        }
        foreach ($definition['container.modules'] as $name => $module) {
            $this->classLoader->addPsr4("Drupal\\$name\\", $definition['app.root'] . '/' . dirname($module['pathname']) . '/src');
        }
        $this->container = new Container($definition, Services::all());
        $this->container->set('kernel', $this);
        $this->container->set('class_loader', $this->classLoader);
        \Drupal::setContainer($this->container);
    }

    protected function compile(): array
    {
        $extensions = $this->enabledExtensions();
        $profile = $extensions['profile'] ?? null;
        $code = (new ExtensionDiscovery($this->root, $this->sitePath))->scan('module', $profile)
            + (new ExtensionDiscovery($this->root, $this->sitePath))->scan('profile', $profile);
        $modules = [];
        foreach (array_intersect_key($code, $extensions['module'] ?? []) as $name => $module) {
            $modules[$name] = ['type' => $module->getType(), 'pathname' => $module->getPathname(), 'filename' => "$name.module"];
        }
        return [
            'app.root' => $this->root,
            'site.path' => $this->sitePath,
            'install_profile' => $profile,
            'kernel.environment' => $this->environment,
            'container.modules' => $modules,
        ];
    }

    /** Empty where the database is away or empty: the container is then made without modules, in silence. */
    private function enabledExtensions(): array
    {
        try {
            $row = Database::getConnection()->query("SELECT data FROM {config} WHERE name = 'core.extension'")->fetchField();
        } catch (\Exception $nothingThere) {
            return [];
        }
        return $row ? unserialize($row) : [];
    }

    protected function cachedDefinition(): ?array
    {
        return (new CacheBackend('container'))->get($this->getContainerCacheKey());
    }

    protected function cacheDefinition(array $definition): void
    {
        (new CacheBackend('container'))->set($this->getContainerCacheKey(), $definition);
    }

    protected function getContainerCacheKey(): string
    {
        return 'service_container:' . $this->environment . ':' . \Drupal::VERSION . ':' . PHP_OS;
    }

    public function invalidateContainer(): void
    {
        (new CacheBackend('container'))->deleteAll();
    }

    public function rebuildContainer(): Container
    {
        $this->invalidateContainer();
        $this->container = null;
        $this->initializeContainer();
        return $this->container;
    }

    public function preHandle(Request $request): void
    {
        $this->loadLegacyIncludes();
        $this->container->get('request_stack')->push($request);
        $this->container->get('module_handler')->loadAll();
    }

    public function handle(Request $request): Response
    {
        try {
            static::bootEnvironment($this->root);
            if (!$this->container) {
                $this->initializeSettings($request);
                $this->boot();
            }
            Settings::getHashSalt();
            if (!$this->container->getParameter('container.modules') && $this->isUninstalled()) {
                return new RedirectResponse($request->getSchemeAndHttpHost() . '/core/install.php');
            }
            $this->container->get('router.request_context')->fromRequest($request);
            $this->preHandle($request);
            return system_answer($request);
        } catch (UntrustedHostException $problem) {
            return new Response($problem->getMessage(), 400, ['Content-Type' => 'text/plain']);
        } catch (\Throwable $problem) {
            error_log('Uncaught PHP Exception: ' . $problem->getMessage() . ' in ' . $problem->getFile());
            return new Response('The website encountered an unexpected error. Try again later.', 500);
        }
    }

    /** A database that is away is not an empty one. */
    private function isUninstalled(): bool
    {
        return !Database::getConnectionInfo() || !Database::getConnection()->schema()->tableExists('sessions');
    }

    public function terminate(Request $request, Response $response): void
    {
    }

    public function getContainer(): ?Container
    {
        return $this->container;
    }

    public function loadLegacyIncludes(): void
    {
        require_once $this->root . '/core/includes/common.inc';
    }
}
