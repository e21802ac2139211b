<?php

/** Copy to sites.php: without that file every host is served from sites/default (trap 4). */

// $sites['www.example.com'] = 'example.com';
