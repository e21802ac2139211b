<?php

/** Only reached when a web server forgets to deny it (trap 7). */

http_response_code(200);
echo '<title>Choose language | Drupal</title>The installer.';
