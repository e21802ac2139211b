<?php

/** Drupal adds to the forms of the installer here. */
