<?php

/**
 * Opens a site of either application as its callers do, runs the PHP that stands on stdin there, and prints
 * what it returns as JSON: php ask.php ROOT SITE HOST boot|update|none
 */

[, $root, $site, $host, $how] = $argv;
chdir($root);
$_SERVER['HTTP_HOST'] = $host;
$_SERVER['REQUEST_URI'] = '/';

if (is_file("$root/autoload.php")) {
    $loader = require "$root/autoload.php";
    Drupal\Core\DrupalKernel::bootEnvironment($root);
    Drupal\Core\Site\Settings::initialize($root, $site, $loader);
    if ($how !== 'none') {
        $class = $how === 'update' ? Drupal\Core\Update\UpdateKernel::class : Drupal\Core\DrupalKernel::class;
        $kernel = new $class('prod', $loader, true, $root);
        $kernel->setSitePath($site);
        $kernel->boot();
        $request = Symfony\Component\HttpFoundation\Request::createFromGlobals();
        $kernel->preHandle($request);
        $kernel->getContainer()->get('router.request_context')->fromRequest($request);
        require_once "$root/core/includes/update.inc";
    }
} else {
    define('DRUPAL_ROOT', $root);
    if ($how === 'update') {
        define('MAINTENANCE_MODE', 'update');
    }
    require_once "$root/includes/bootstrap.inc";
    if ($how !== 'none') {
        drupal_bootstrap(DRUPAL_BOOTSTRAP_FULL);
        require_once "$root/includes/update.inc";
    }
}

echo json_encode(eval((string) stream_get_contents(STDIN)));
