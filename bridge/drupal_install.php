<?php

declare(strict_types=1);

namespace Aegir;

use Drupal\Core\Site\Settings;

/** Drupal's own installer, run without a browser on Drupal 8 to 11. */
trait ModernInstall
{
    public function install(array $op): array
    {
        $site = $this->job['site'];
        $this->initialize();
        $this->prepareInstall($op);
        // Read again by the installer, which settings.php may have taken them from.
        uncloak($this->job);
        $before = hash_file('sha256', "{$site}/settings.php");
        require_once $this->job['root'] . '/core/includes/install.core.inc';
        \install_drupal($this->loader, $this->installState($op), function (array $state): void {
            $tasks = array_filter(\install_tasks($state), 'is_array');
            $done = count($state['tasks_performed'] ?? []);
            $this->answers->progress("Installed: {$state['active_task']}.", min(1, $done / count($tasks)));
        });
        if (hash_file('sha256', "{$site}/settings.php") !== $before) {
            throw new \RuntimeException("Drupal's installer changed settings.php of {$site}.");
        }
        $language = (string) \Drupal::config('system.site')->get('default_langcode');
        require_language($op, $language);
        return [
            'version' => \Drupal::VERSION,
            'profile' => (string) \Drupal::getContainer()->getParameter('install_profile'),
            'language' => $language,
        ];
    }

    /** Lacking either of these the installer writes the credentials into settings.php and says nothing. */
    private function prepareInstall(array $op): void
    {
        $site = $this->job['site'];
        if (!Settings::get('hash_salt')) {
            throw new \DomainException("settings.php of {$site} has no hash_salt.");
        }
        $sync = (string) Settings::get('config_sync_directory');
        if ($sync === '' || (!is_dir($sync) && !mkdir($sync, 0770, true))) {
            throw new \DomainException("The configuration directory «{$sync}» of {$site} cannot be made.");
        }
        $this->provideTranslation((string) ($op['language'] ?? 'en'));
    }

    /** A translation that the codebase brings is put where the installer looks, else it asks the network. */
    private function provideTranslation(string $language): void
    {
        if ($language === 'en') {
            return;
        }
        $target = $this->job['site'] . '/files/translations';
        if (!is_dir($target)) {
            mkdir($target, 0770, true);
        }
        foreach (glob("{core/profiles,profiles}/*/translations/drupal-*.{$language}.po", GLOB_BRACE) as $file) {
            copy($file, $target . '/' . basename($file));
        }
    }

    private function installState(array $op): array
    {
        return [
            'interactive' => false,
            'site_path' => $this->job['site'],
            'parameters' => ['profile' => $op['profile'], 'langcode' => $op['language'] ?? 'en'],
            'forms' => [
                'install_configure_form' => [
                    'site_name' => $op['site_name'],
                    'site_mail' => $op['site_mail'],
                    'account' => [
                        'name' => $op['account']['name'],
                        'mail' => $op['account']['mail'],
                        'pass' => ['pass1' => $op['account']['password'], 'pass2' => $op['account']['password']],
                    ],
                    // Checkboxes of a form filled in by a program are off when they are null.
                    'enable_update_status_module' => null,
                    'enable_update_status_emails' => null,
                ],
            ],
        ];
    }
}
