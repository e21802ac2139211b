<?php

namespace Drupal\Core;

/**
 * Ways to make a site misbehave, for tests: lines «point how» in sites/<domain>/switches or sites/all/switches.
 *
 * This class has no counterpart in Drupal. The points and hows are listed in tests/drupal/README.md.
 */
final class Switches
{
    public static string $root = '';
    public static string $site = '';

    public static function at(string $point): void
    {
        $how = self::value($point);
        if ($how !== null) {
            self::happen($point, $how);
        }
    }

    public static function value(string $point): ?string
    {
        foreach ([self::$site, 'sites/all'] as $folder) {
            $file = self::$root . "/$folder/switches";
            foreach (is_readable($file) ? file($file, FILE_IGNORE_NEW_LINES) : [] as $line) {
                [$name, $how] = explode(' ', trim($line), 2) + [1 => ''];
                if ($name === $point) {
                    return $how;
                }
            }
        }
        return null;
    }

    private static function happen(string $point, string $how): void
    {
        switch ($how) {
            case 'throw':
                throw new \RuntimeException("The switch «{$point}» was set to throw.");
            case 'typeerror':
                throw new \TypeError("The switch «{$point}» was set to a type error.");
            case 'exit':
                echo "The switch «{$point}» was set to exit.\n";
                exit(0);
            case 'memory':
                ini_set('memory_limit', '64M');
                str_repeat('x', 1 << 30);
                return;
            case 'hang':
                sleep(3600);
                return;
            case 'kill':
                posix_kill(getmypid(), SIGKILL);
                return;
            case 'warn':
                trigger_error("The switch «{$point}» was set to warn.", E_USER_WARNING);
        }
    }
}
