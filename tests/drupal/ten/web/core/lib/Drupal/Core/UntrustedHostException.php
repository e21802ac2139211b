<?php

namespace Drupal\Core;

class UntrustedHostException extends \RuntimeException
{
}
