<?php

/** Runs cron for whoever knows the key. */

define('DRUPAL_ROOT', getcwd());

require_once DRUPAL_ROOT . '/includes/bootstrap.inc';
drupal_bootstrap(DRUPAL_BOOTSTRAP_FULL);
if (variable_get('maintenance_mode', 0) || ($_GET['cron_key'] ?? '') !== variable_get('cron_key', 'drupal')) {
    http_response_code(403);
} else {
    drupal_cron_run();
}
