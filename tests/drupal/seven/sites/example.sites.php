<?php

/** Copy to sites.php where a host differs from its directory. */

// $sites['www.example.com'] = 'example.com';
