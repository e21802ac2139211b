<?php

/** Drupal's update page answers only administrators; here nobody: updates go through the bridge. */

http_response_code(403);
echo 'Access denied';
