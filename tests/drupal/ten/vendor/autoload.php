<?php

/** Stands in for the file that Composer generates; like it, answers the same loader each time. */

use Composer\Autoload\ClassLoader;

require_once __DIR__ . '/composer/ClassLoader.php';

return ClassLoader::shared(dirname(__DIR__));
