<?php

namespace Drupal\Core\Extension;

/** Reads the part of YAML that info files use: «key: value» and lists below a key. */
final class InfoParser
{
    public function parse(string $filename): array
    {
        $info = [];
        $key = null;
        foreach (file($filename, FILE_IGNORE_NEW_LINES) as $line) {
            if (preg_match('/^(\w[\w ]*):\s*(.*)$/', $line, $found)) {
                [, $key, $value] = $found;
                $info[$key] = $value === '' ? [] : $this->value($value);
            } elseif (preg_match('/^\s+-\s*(.+)$/', $line, $found) && is_array($info[$key] ?? null)) {
                $info[$key][] = $this->value($found[1]);
            } elseif (!preg_match('/^\s*(#|$)/', $line)) {
                throw new InfoParserException("Unable to parse $filename A colon cannot be used in an unquoted mapping value: $line");
            }
        }
        if (!isset($info['type'], $info['name'])) {
            throw new InfoParserException("Missing required keys (type, name) in $filename");
        }
        return $info;
    }

    private function value(string $text)
    {
        $text = trim($text);
        if (preg_match('/^([\'"])(.*)\1$/', $text, $found)) {
            return $found[2];
        }
        $words = ['true' => true, 'false' => false, 'VERSION' => \Drupal::VERSION];
        return $words[$text] ?? $text;
    }
}
