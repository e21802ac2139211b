<?php

declare(strict_types=1);

namespace Aegir;

/** Reads files of a codebase, remembering what is wrong with them and what they held. */
final class Code
{
    /** @var string[] one sentence a problem, each naming its file */
    public array $problems = [];

    private string $root;
    /** @var array<string, string> path => hash of its content */
    private array $hashes = [];

    public function __construct(string $root)
    {
        $this->root = $root;
    }

    public function text(string $path): string
    {
        $text = @file_get_contents("{$this->root}/$path");
        if ($text === false) {
            $this->problems[] = "$path cannot be read.";
            return '';
        }
        $this->note($path, $text);
        return $text;
    }

    public function note(string $path, string $text): void
    {
        $this->hashes[$path] = hash('sha256', $text);
    }

    /** Made of contents alone, so that a copy has the same. */
    public function fingerprint(): string
    {
        ksort($this->hashes);
        return hash('sha256', json_encode($this->hashes, JSON_INVALID_UTF8_SUBSTITUTE));
    }

    /** The tokens of a PHP file; none, and a problem, when PHP could not compile it. */
    public function tokens(string $path): array
    {
        try {
            return token_get_all($this->text($path), TOKEN_PARSE);
        } catch (\ParseError $error) {
            $this->problems[] = "$path has a PHP error in line {$error->getLine()}: {$error->getMessage()}.";
            return [];
        }
    }

    /** The highest X_update_N() and what X_update_last_removed() returns, each null where there is none. */
    public function updates(string $path, string $module): array
    {
        $highest = null;
        $removed = null;
        $tokens = array_values(array_filter($this->tokens($path), static function ($token): bool {
            return !is_array($token) || ($token[0] !== T_WHITESPACE && $token[0] !== T_DOC_COMMENT);
        }));
        $pattern = '/^' . preg_quote($module, '/') . '_update_(\d+|last_removed)$/';
        foreach ($tokens as $place => $token) {
            if (!is_array($token) || $token[0] !== T_FUNCTION) {
                continue;
            }
            if (!preg_match($pattern, (string) ($tokens[$place + 1][1] ?? ''), $parts)) {
                continue;
            }
            if ($parts[1] === 'last_removed') {
                $removed = $this->returned(array_slice($tokens, $place, 40));
            } else {
                $highest = max($highest ?? 0, (int) $parts[1]);
            }
        }
        return ['schema' => $highest, 'removed_before' => $removed];
    }

    /** The number in the first «return N;». */
    private function returned(array $tokens): ?int
    {
        foreach ($tokens as $place => $token) {
            if (is_array($token) && $token[0] === T_RETURN) {
                $value = trim((string) ($tokens[$place + 1][1] ?? ''), '\'"');
                return is_numeric($value) ? (int) $value : null;
            }
        }
        return null;
    }
}
