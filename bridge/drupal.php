<?php

declare(strict_types=1);

namespace Aegir;

use Drupal\Core\Database\Database;
use Drupal\Core\DrupalKernel;
use Drupal\Core\Site\Settings;
use Drupal\Core\Update\UpdateKernel;
use Symfony\Component\HttpFoundation\Request;

require __DIR__ . '/drupal_install.php';
require __DIR__ . '/drupal_extensions.php';
require __DIR__ . '/drupal_relocate.php';
require __DIR__ . '/drupal_identity.php';
require __DIR__ . '/drupal_copy.php';
require __DIR__ . '/drupal_content.php';

/** Drupal 8 to 11. */
final class ModernDrupal implements Site
{
    use ModernInstall;
    use ModernExtensions;
    use ModernRelocate;
    use ModernIdentity;
    use ModernCopy;
    use ModernContent;

    private Answers $answers;
    private array $job;
    private ?DrupalKernel $kernel = null;
    /** @var object the class loader that autoload.php returns */
    private $loader;

    public function __construct(Answers $answers, array $job)
    {
        $this->answers = $answers;
        $this->job = $job;
        $this->loader = require $job['root'] . '/autoload.php';
    }

    public function status(array $op): array
    {
        $this->boot();
        $site = \Drupal::config('system.site');
        $connection = Database::getConnection();
        return [
            'version' => \Drupal::VERSION,
            'site' => $this->directory(),
            'uuid' => (string) $site->get('uuid'),
            'profile' => (string) \Drupal::getContainer()->getParameter('install_profile'),
            'name' => (string) $site->get('name'),
            'mail' => (string) $site->get('mail'),
            'language' => (string) $site->get('default_langcode'),
            'theme' => (string) \Drupal::config('system.theme')->get('default'),
            'maintenance' => (bool) \Drupal::state()->get('system.maintenance_mode', false),
            'cron_last' => (int) \Drupal::state()->get('system.cron_last', 0),
            'database' => $connection->driver() . ' ' . $connection->version(),
            'files' => (string) Settings::get('file_public_path', $this->job['site'] . '/files'),
            'private_files' => (string) Settings::get('file_private_path', ''),
            'php' => PHP_VERSION,
        ];
    }

    public function login(array $op): array
    {
        $this->boot();
        $uid = (int) ($op['uid'] ?? 1);
        $account = \Drupal::entityTypeManager()->getStorage('user')->load($uid);
        if (!$account || !$account->isActive()) {
            throw new \DomainException("The site has no active user with the number {$uid}.");
        }
        return ['url' => \user_pass_reset_url($account) . '/login', 'name' => $account->getAccountName()];
    }

    public function maintenance(array $op): array
    {
        $this->boot();
        \Drupal::state()->set('system.maintenance_mode', (bool) $op['on']);
        foreach (['cache.page', 'cache.dynamic_page_cache', 'cache.render'] as $bin) {
            if (\Drupal::hasService($bin)) {
                \Drupal::cache(substr($bin, strlen('cache.')))->deleteAll();
            }
        }
        return ['on' => (bool) \Drupal::state()->get('system.maintenance_mode')];
    }

    public function rebuild(array $op): array
    {
        $fresh = $this->kernel === null;
        $this->bootAnew();
        $warnings = Warnings::watch($this->job['root']);
        // Given the kernel, Drupal does not build the container a second time.
        \drupal_flush_all_caches($fresh ? $this->kernel : null);
        return ['php_warnings' => $warnings->end()];
    }

    public function cron(array $op): array
    {
        $this->boot();
        if (!empty($op['break_lock'])) {
            // A cron that was killed holds its lock for another quarter of an hour.
            Database::getConnection()->delete('semaphore')->condition('name', 'cron')->execute();
        }
        $warnings = Warnings::watch($this->job['root']);
        $ran = (bool) \Drupal::service('cron')->run();
        return [
            'ran' => $ran,
            'busy' => !$ran,
            'last' => (int) \Drupal::state()->get('system.cron_last', 0),
            'php_warnings' => $warnings->end(),
        ];
    }

    public function requirements(array $op): array
    {
        $this->boot();
        return ['requirements' => $this->readable(\Drupal::service('system.manager')->listRequirements())];
    }

    public function update(array $op): array
    {
        $request = $this->initialize();
        $this->dropBootCaches();
        $this->start(new UpdateKernel('prod', $this->loader, false, $this->job['root']), $request);
        $this->loadUpdates();
        $this->requireUpdatable();
        $start = first_updates(\update_get_update_list());
        $updates = new Updates($this->answers, Warnings::watch($this->job['root']));
        $updates->run(\update_resolve_dependencies($start), $start, function (string $module, int $schema): void {
            $this->recordSchema($module, $schema);
        });
        \drupal_flush_all_caches();
        $post = \Drupal::service('update.post_update_registry')->getPendingUpdateFunctions();
        $updates->runPost($post);
        if ($post) {
            \drupal_flush_all_caches();
        }
        return $updates->report();
    }

    public function directory(): string
    {
        return (string) \Drupal::getContainer()->getParameter('site.path');
    }

    /** Opens the site once; the ops after the first find it open. */
    private function boot(): void
    {
        if (!$this->kernel) {
            $request = $this->initialize();
            $this->start($this->kernel(), $request);
        }
    }

    /** The same for a site that may have moved since it was last opened. */
    private function bootAnew(): void
    {
        if (!$this->kernel) {
            $request = $this->initialize();
            $this->dropBootCaches();
            $this->start($this->kernel(), $request);
        }
    }

    private function kernel(): DrupalKernel
    {
        return new DrupalKernel('prod', $this->loader, true, $this->job['root']);
    }

    /** Reads settings.php of the wanted directory, and of no other that a search might find. */
    private function initialize(): Request
    {
        $root = $this->job['root'];
        // Before the secrets are where a request would copy them from.
        $request = Request::createFromGlobals();
        DrupalKernel::bootEnvironment($root);
        quieten();
        $opened = DrupalKernel::findSitePath($request, true, $root);
        require_site($this->job['site'], $opened, $this->job['uri']);
        uncloak($this->job);
        Settings::initialize($root, $this->job['site'], $this->loader);
        return $request;
    }

    private function start(DrupalKernel $kernel, Request $request): void
    {
        $kernel->setSitePath($this->job['site']);
        $kernel->boot();
        quieten();
        $container = $kernel->getContainer();
        if (!$container->getParameter('container.modules')) {
            throw new \DomainException("No Drupal is installed in the database of {$this->job['site']}.");
        }
        require_site($this->job['site'], $container->getParameter('site.path'), $this->job['uri']);
        $kernel->preHandle($request);
        $container->get('router.request_context')->fromRequest($request);
        $this->kernel = $kernel;
        foreach (['install.inc', 'update.inc'] as $include) {
            require_once $this->job['root'] . '/core/includes/' . $include;
        }
    }

    /** A compiled container of a site that moved loads PHP from the platform it came from. */
    private function dropBootCaches(): void
    {
        $connection = Database::getConnection();
        foreach (['container', 'bootstrap', 'config', 'discovery', 'default'] as $bin) {
            if ($connection->schema()->tableExists("cache_{$bin}")) {
                $connection->delete("cache_{$bin}")->execute();
            }
        }
    }

    private function requireUpdatable(): void
    {
        $requirements = function_exists('update_check_requirements')
            ? \update_check_requirements()
            : \Drupal::moduleHandler()->invokeAll('requirements', ['update']);
        foreach ($this->readable($requirements) as $requirement) {
            if ($requirement['severity'] === 'error') {
                $text = trim("{$requirement['value']} {$requirement['description']}");
                throw new Failure("{$requirement['title']}: {$text}", $requirement);
            }
        }
    }

    /** Requirements as plain text; Drupal mixes strings, objects and render arrays. */
    private function readable(array $requirements): array
    {
        $list = [];
        foreach ($requirements as $name => $requirement) {
            $severity = $requirement['severity'] ?? 0;
            $severity = is_object($severity) ? $severity->value : $severity;
            $list[] = [
                'name' => (string) $name,
                'title' => $this->text($requirement['title'] ?? $name),
                'severity' => SEVERITIES[$severity] ?? 'ok',
                'value' => $this->text($requirement['value'] ?? ''),
                'description' => $this->text($requirement['description'] ?? ''),
            ];
        }
        return $list;
    }

    /** @param mixed $value */
    private function text($value): string
    {
        if (is_array($value)) {
            $renderer = \Drupal::service('renderer');
            $method = method_exists($renderer, 'renderInIsolation') ? 'renderInIsolation' : 'renderPlain';
            $value = $renderer->$method($value);
        }
        return plain((string) $value);
    }
}
