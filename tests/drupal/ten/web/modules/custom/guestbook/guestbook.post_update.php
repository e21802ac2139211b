<?php

use Drupal\Core\Switches;

/** Writes a greeting. */
function guestbook_post_update_greet(&$sandbox)
{
    Switches::at(__FUNCTION__);
    Drupal::state()->set('guestbook.greeting', 'Hello');
    return 'Greeted.';
}
