<?php

use Drupal\Core\Switches;

/** Notes that post updates ran. */
function system_post_update_note()
{
    Switches::at(__FUNCTION__);
    Drupal::state()->set('system.post_updated', true);
    return 'Noted.';
}
