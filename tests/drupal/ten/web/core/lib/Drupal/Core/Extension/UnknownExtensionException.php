<?php

namespace Drupal\Core\Extension;

class UnknownExtensionException extends \InvalidArgumentException
{
}
