<?php

declare(strict_types=1);

namespace Aegir;

/** Counts what PHP complains of while Drupal works; Drupal's own handler goes on hearing all of it. */
final class Warnings
{
    private const MOST = 50;
    private const LONGEST = 500;

    private string $root;
    /** @var array<string, array{message: string, place: string, count: int}> */
    private array $found = [];
    /** @var ?callable */
    private $before;

    private function __construct(string $root)
    {
        $this->root = rtrim($root, '/') . '/';
        $this->before = set_error_handler([$this, 'note']);
    }

    /** Call it after the boot: both Drupals put their handler in place while they boot. */
    public static function watch(string $root): self
    {
        return new self($root);
    }

    /** @return mixed what Drupal's handler says, or false so that PHP does what it does */
    public function note(int $level, string $message, string $file = '', int $line = 0)
    {
        if (error_reporting() & $level) {
            $place = str_replace($this->root, '', $file) . ":{$line}";
            $known = $this->found["{$place} {$message}"] ?? null;
            if ($known || count($this->found) < self::MOST) {
                $this->found["{$place} {$message}"] = [
                    'message' => substr(plain($message), 0, self::LONGEST),
                    'place' => $place,
                    'count' => ($known['count'] ?? 0) + 1,
                ];
            }
        }
        return $this->before ? ($this->before)(...func_get_args()) : false;
    }

    /** Stops watching; the first distinct ones, each with how often it came. */
    public function end(): array
    {
        restore_error_handler();
        return array_values($this->found);
    }
}
