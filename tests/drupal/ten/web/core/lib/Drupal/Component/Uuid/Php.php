<?php

namespace Drupal\Component\Uuid;

final class Php
{
    public function generate(): string
    {
        $digits = bin2hex(random_bytes(16));
        $digits[12] = '4';
        $digits[16] = '89ab'[random_int(0, 3)];
        return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split($digits, 4));
    }
}
