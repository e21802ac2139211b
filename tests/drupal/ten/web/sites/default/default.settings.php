<?php

/** The settings that an installation starts from. */

$databases = [];
$settings['hash_salt'] = '';
$settings['update_free_access'] = false;
$settings['container_yamls'][] = $app_root . '/' . $site_path . '/services.yml';
