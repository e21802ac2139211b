<?php

/** Stands in for Drush: finds the site that --uri names as Drush does, and knows three commands. */

use Drupal\Core\DrupalKernel;
use Symfony\Component\HttpFoundation\Request;

$options = [];
$words = [];
foreach (array_slice($argv, 1) as $argument) {
    if (preg_match('/^--(\w+)=(.*)$/', $argument, $found)) {
        $options[$found[1]] = $found[2];
    } else {
        $words[] = $argument;
    }
}
chdir($options['root']);
$_SERVER['HTTP_HOST'] = preg_replace('@^https?://@', '', $options['uri']);
$loader = require $options['root'] . '/autoload.php';
$request = Request::createFromGlobals();
DrupalKernel::bootEnvironment($options['root']);
$site = DrupalKernel::findSitePath($request, true, $options['root']);
Drupal\Core\Site\Settings::initialize($options['root'], $site, $loader);
$kernel = new DrupalKernel('prod', $loader, true, $options['root']);
$kernel->setSitePath($site);
$kernel->boot();
$kernel->preHandle($request);
switch ($words[0] ?? '') {
    case 'status':
        echo 'Drupal version : ', Drupal::VERSION, "\nSite path : $site\n";
        break;
    case 'state:set':
        Drupal::state()->set($words[1], $words[2]);
        break;
    case 'state:get':
        echo Drupal::state()->get($words[1]), "\n";
        break;
    default:
        fwrite(STDERR, "Command \"{$words[0]}\" is not defined.\n");
        exit(1);
}
