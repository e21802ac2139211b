<?php

namespace Drupal\Core\Installer\Exception;

class AlreadyInstalledException extends InstallerException
{
}
