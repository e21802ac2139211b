<?php

declare(strict_types=1);

namespace Aegir;

/** The two formats in which a package describes itself. */
final class Info
{
    private const KEY = '[A-Za-z_][\w.-]*';
    private const SCALAR = '(?:\'(?:[^\']|\'\')*\'|"[^"\\\\]*"|[\w\/^~<>=(](?:[^#:\'"\[\]{}]|:(?=[^\s#\'"])|(?<=\w)\')*)';

    private string $vendor = '';

    public function __construct(string $root)
    {
        foreach (["$root/vendor", dirname($root) . '/vendor'] as $vendor) {
            if (is_file("$vendor/symfony/yaml/Parser.php")) {
                $this->vendor = $vendor;
                break;
            }
        }
    }

    /** Drupal 7: the pattern is Drupal's own, which lets wrong lines pass in silence. */
    public function ini(string $text): array
    {
        $info = [];
        $pattern = '@^\s*((?:[^=;\[\]]|\[[^\[\]]*\])+?)\s*=\s*'
            . '(?:("(?:[^"]|(?<=\\\\)")*")|(\'(?:[^\']|(?<=\\\\)\')*\')|([^\r\n]*?))\s*$@msx';
        preg_match_all($pattern, $text, $lines, PREG_SET_ORDER);
        foreach ($lines as $line) {
            $value = stripslashes(substr($line[2] ?? '', 1, -1)) . stripslashes(substr($line[3] ?? '', 1, -1));
            $info[$line[1]] = $value . ($line[4] ?? '');
        }
        return $info;
    }

    /**
     * Drupal 8 and later. Nearly every info file keeps to a few simple forms of YAML, read here at a
     * fraction of the cost; all others go to the parser that the codebase brings for Drupal itself.
     *
     * @throws \RuntimeException that says what is wrong
     */
    public function yaml(string $text): array
    {
        $info = $this->simpleYaml($text);
        if ($info !== null) {
            return $info;
        }
        if ($this->vendor === '') {
            throw new \RuntimeException('it is not simple YAML, and the codebase has no parser for more');
        }
        $info = $this->parser()->parse($text);
        if (!is_array($info)) {
            throw new \RuntimeException('it holds no keys');
        }
        return $info;
    }

    /** Null when there is anything that is not plainly `key: value` or one level of list or keys below it. */
    private function simpleYaml(string $text): ?array
    {
        $info = [];
        $form = '';
        $open = false;
        foreach (preg_split('/\r?\n/', $text) as $line) {
            if (preg_match('/^\s*(#.*)?$/', $line) || $line === '---') {
                continue;
            }
            if (preg_match('/^(' . self::KEY . '):(?: +(' . self::SCALAR . '))?\s*(?: #.*)?$/', $line, $parts)) {
                if (isset($info[$parts[1]])) {
                    return null;
                }
                $open = !isset($parts[2]);
                $form = '';
                $info[$parts[1]] = $open ? [] : $this->scalar($parts[2]);
                continue;
            }
            $child = $this->child($line);
            if (!$open || $child === null || ($form !== '' && $form !== $child)) {
                return null;
            }
            $form = $child;
        }
        return $info ?: null;
    }

    /** The indentation and kind of a line below a key; null when it is neither. */
    private function child(string $line): ?string
    {
        if (preg_match('/^( *)- (' . self::SCALAR . ')\s*(?: #.*)?$/', $line, $parts)) {
            return $parts[1] . '-';
        }
        if (preg_match('/^( +)[\w.\/-]+: +(' . self::SCALAR . ')\s*(?: #.*)?$/', $line, $parts)) {
            return $parts[1] . ':';
        }
        return null;
    }

    /** @return mixed */
    private function scalar(string $text)
    {
        $text = trim($text);
        if ($text[0] === "'" || $text[0] === '"') {
            return str_replace("''", "'", substr($text, 1, -1));
        }
        $words = ['true' => true, 'false' => false, 'null' => null];
        return array_key_exists(strtolower($text), $words) ? $words[strtolower($text)] : $text;
    }

    /** @return object \Symfony\Component\Yaml\Parser */
    private function parser()
    {
        static $parser = null;
        if ($parser === null) {
            spl_autoload_register(function (string $class): void {
                $prefix = 'Symfony\\Component\\Yaml\\';
                $file = $this->vendor . '/symfony/yaml/' . strtr(substr($class, strlen($prefix)), '\\', '/') . '.php';
                if (strpos($class, $prefix) === 0 && is_file($file)) {
                    require $file;
                }
            });
            $parser = new \Symfony\Component\Yaml\Parser();
        }
        return $parser;
    }
}
