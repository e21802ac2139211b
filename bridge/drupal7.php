<?php

declare(strict_types=1);

namespace Aegir;

require __DIR__ . '/drupal7_install.php';
require __DIR__ . '/drupal7_extensions.php';
require __DIR__ . '/drupal7_repair.php';
require __DIR__ . '/drupal7_relocate.php';
require __DIR__ . '/drupal7_identity.php';
require __DIR__ . '/drupal7_content.php';

/** Drupal 7. */
final class Drupal7 implements Site
{
    use SevenInstall;
    use SevenExtensions;
    use SevenRepair;
    use SevenRelocate;
    use SevenIdentity;
    use SevenContent;

    private Answers $answers;
    private array $job;
    private bool $booted = false;

    public function __construct(Answers $answers, array $job)
    {
        $this->answers = $answers;
        $this->job = $job;
        define('DRUPAL_ROOT', $job['root']);
        uncloak($job);
    }

    public function status(array $op): array
    {
        $this->boot();
        $connection = \Database::getConnection();
        return [
            'version' => VERSION,
            'site' => $this->directory(),
            'uuid' => '',
            'profile' => \drupal_get_profile(),
            'name' => (string) \variable_get('site_name', ''),
            'mail' => (string) \variable_get('site_mail', ''),
            'language' => (string) \language_default('language'),
            'theme' => (string) \variable_get('theme_default', ''),
            'maintenance' => (bool) \variable_get('maintenance_mode', 0),
            'cron_last' => (int) \variable_get('cron_last', 0),
            'database' => $connection->driver() . ' ' . $connection->version(),
            'files' => (string) \variable_get('file_public_path', \conf_path() . '/files'),
            'private_files' => (string) \variable_get('file_private_path', ''),
            'php' => PHP_VERSION,
        ];
    }

    public function login(array $op): array
    {
        $this->boot();
        $uid = (int) ($op['uid'] ?? 1);
        $account = \user_load($uid);
        if (!$account || !$account->status) {
            throw new \DomainException("The site has no active user with the number {$uid}.");
        }
        return ['url' => \user_pass_reset_url($account) . '/login', 'name' => $account->name];
    }

    public function maintenance(array $op): array
    {
        $this->boot();
        \variable_set('maintenance_mode', $op['on'] ? 1 : 0);
        \cache_clear_all('*', 'cache_page', true);
        return ['on' => (bool) \variable_get('maintenance_mode', 0)];
    }

    public function rebuild(array $op): array
    {
        $this->boot();
        $warnings = Warnings::watch($this->job['root']);
        \registry_update();
        \drupal_flush_all_caches();
        return ['php_warnings' => $warnings->end()];
    }

    public function cron(array $op): array
    {
        $this->boot();
        if (!empty($op['break_lock'])) {
            // A cron that was killed holds its lock for another quarter of an hour.
            \db_delete('semaphore')->condition('name', 'cron')->execute();
        }
        $warnings = Warnings::watch($this->job['root']);
        $ran = (bool) \drupal_cron_run();
        return [
            'ran' => $ran,
            'busy' => !$ran,
            'last' => (int) \variable_get('cron_last', 0),
            'php_warnings' => $warnings->end(),
        ];
    }

    public function requirements(array $op): array
    {
        $this->boot();
        $this->loadUpdates();
        return ['requirements' => $this->readable(\module_invoke_all('requirements', 'runtime'))];
    }

    public function update(array $op): array
    {
        // Keeps hook_init() of modules away from tables that are yet to be updated.
        define('MAINTENANCE_MODE', 'update');
        $this->boot();
        $this->loadUpdates();
        \update_fix_compatibility();
        $this->requireUpdatable();
        $start = first_updates(\update_get_update_list());
        $updates = new Updates($this->answers, Warnings::watch($this->job['root']));
        $updates->run(
            \update_resolve_dependencies($start),
            $start,
            static function (string $module, int $schema): void {
                \drupal_set_installed_schema_version($module, (string) $schema);
            }
        );
        \drupal_flush_all_caches();
        return $updates->report();
    }

    public function directory(): string
    {
        return \conf_path();
    }

    /** Opens the site once; the ops after the first find it open. */
    private function boot(): void
    {
        if ($this->booted) {
            return;
        }
        require_once DRUPAL_ROOT . '/includes/bootstrap.inc';
        \drupal_bootstrap(DRUPAL_BOOTSTRAP_CONFIGURATION);
        quieten();
        require_site($this->job['site'], \conf_path(), $this->job['uri']);
        \drupal_bootstrap(DRUPAL_BOOTSTRAP_DATABASE);
        if (!\db_table_exists('system')) {
            throw new \DomainException("No Drupal is installed in the database of {$this->job['site']}.");
        }
        $this->repairPaths();
        \drupal_bootstrap(DRUPAL_BOOTSTRAP_FULL);
        quieten();
        $this->booted = true;
    }

    private function requireUpdatable(): void
    {
        foreach ($this->readable(\module_invoke_all('requirements', 'update')) as $requirement) {
            if ($requirement['severity'] === 'error') {
                $text = trim("{$requirement['value']} {$requirement['description']}");
                throw new Failure("{$requirement['title']}: {$text}", $requirement);
            }
        }
    }

    private function readable(array $requirements): array
    {
        $list = [];
        foreach ($requirements as $name => $requirement) {
            $list[] = [
                'name' => (string) $name,
                'title' => plain((string) ($requirement['title'] ?? $name)),
                'severity' => SEVERITIES[$requirement['severity'] ?? 0] ?? 'ok',
                'value' => plain((string) ($requirement['value'] ?? '')),
                'description' => plain((string) ($requirement['description'] ?? '')),
            ];
        }
        return $list;
    }
}
