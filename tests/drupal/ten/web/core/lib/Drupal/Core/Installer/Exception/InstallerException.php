<?php

namespace Drupal\Core\Installer\Exception;

class InstallerException extends \RuntimeException
{
}
