<?php

namespace Drupal\Core\Extension;

class InfoParserException extends \RuntimeException
{
}
