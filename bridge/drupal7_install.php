<?php

declare(strict_types=1);

namespace Aegir;

/** Drupal's own installer, run without a browser on Drupal 7. */
trait SevenInstall
{
    public function install(array $op): array
    {
        define('MAINTENANCE_MODE', 'install');
        $site = $this->job['site'];
        $settings = "{$site}/settings.php";
        $before = hash_file('sha256', $settings);
        require_once DRUPAL_ROOT . '/includes/bootstrap.inc';
        \drupal_bootstrap(DRUPAL_BOOTSTRAP_CONFIGURATION);
        require_site($site, \conf_path(), $this->job['uri']);
        require_once DRUPAL_ROOT . '/includes/install.core.inc';
        $this->answers->progress('Running the installer of Drupal 7.');
        \install_drupal($this->installState($op));
        quieten();
        if (hash_file('sha256', $settings) !== $before) {
            throw new \RuntimeException("Drupal's installer changed settings.php of {$site}.");
        }
        $language = (string) \language_default('language');
        require_language($op, $language);
        return ['version' => VERSION, 'profile' => \drupal_get_profile(), 'language' => $language];
    }

    private function installState(array $op): array
    {
        return [
            'interactive' => false,
            'parameters' => ['profile' => $op['profile'], 'locale' => $op['language'] ?? 'en'],
            'forms' => [
                'install_configure_form' => [
                    'site_name' => $op['site_name'],
                    'site_mail' => $op['site_mail'],
                    'account' => [
                        'name' => $op['account']['name'],
                        'mail' => $op['account']['mail'],
                        'pass' => ['pass1' => $op['account']['password'], 'pass2' => $op['account']['password']],
                    ],
                    'update_status_module' => [1 => null, 2 => null],
                    'clean_url' => true,
                ],
            ],
        ];
    }
}
