<?php

/** Only reached when a web server forgets to deny it (trap 7). */

echo '<title>Select an installation profile | Drupal</title>The installer.';
