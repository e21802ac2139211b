<?php

/** The settings that an installation starts from. */

$databases = [];
$update_free_access = false;
$drupal_hash_salt = '';
