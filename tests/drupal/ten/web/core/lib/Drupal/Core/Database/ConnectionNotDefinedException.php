<?php

namespace Drupal\Core\Database;

class ConnectionNotDefinedException extends \RuntimeException
{
}
