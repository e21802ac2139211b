<?php

/**
 * Reads what a site's own settings.php says of its database, without starting Drupal.
 *
 * {"root": …, "site": "sites/example.org"} on stdin; one JSON line on file descriptor 3. Run as the web user, who
 * runs that file with every request anyway; one process a site, since a file may end PHP.
 */

declare(strict_types=1);

namespace Aegir;

/** What an older Aegir kept beside settings.php, and what settings.php makes of it. */
function settings_of(string $root, string $site): array
{
    // Drupal has these in scope when it reads the file.
    $app_root = $root;
    $site_path = $site;
    $class_loader = null;
    $databases = $settings = $conf = $options = [];
    $drupal_hash_salt = '';
    if (is_readable("$root/$site/drushrc.php")) {
        include "$root/$site/drushrc.php";
    }
    require "$root/$site/settings.php";
    return [
        'database' => array_filter($databases['default']['default'] ?? [], 'is_scalar'),
        'prefixed' => !empty($databases['default']['default']['prefix']),
        'others' => count($databases) > 1 || count($databases['default'] ?? []) > 1,
        'hash_salt' => (string) ($settings['hash_salt'] ?? $drupal_hash_salt),
    ];
}

/** Names that the operator's directory of sites leads to this one. */
function names_of(string $root, string $site): array
{
    $sites = [];
    if (is_readable("$root/sites/local.sites.php")) {
        include "$root/sites/local.sites.php";
    }
    return array_map('strval', array_keys($sites, basename($site), true));
}

$job = json_decode((string) stream_get_contents(STDIN), true, 8, JSON_THROW_ON_ERROR);
chdir($job['root']);
$found = settings_of($job['root'], $job['site']) + ['names' => names_of($job['root'], $job['site'])];
fwrite(fopen('php://fd/3', 'w'), json_encode($found, JSON_THROW_ON_ERROR) . "\n");
