<?php

declare(strict_types=1);

namespace Aegir;

/**
 * A site's directory and names as they were, and as they are now: corrects values that are a path below that
 * directory, or the address of one. Text that merely mentions such a path is content and left alone.
 */
final class Relocation
{
    private string $from;
    private string $to;
    /** @var string[] */
    private array $names;
    /** The host of now, with its port. */
    private string $host;

    public function __construct(array $op, array $job)
    {
        $this->from = (string) ($op['from_directory'] ?? '');
        if (!preg_match('@^sites/\.?[a-z0-9][a-z0-9._-]*$@', $this->from)) {
            throw new \DomainException("«{$this->from}» is not the directory of a site.");
        }
        $this->to = $job['site'];
        $this->names = array_map('strtolower', $op['from_names'] ?? []);
        $parts = parse_url($job['uri']);
        $this->host = $parts['host'] . (isset($parts['port']) ? ":{$parts['port']}" : '');
    }

    /** Whether the path lies below the directory of before, and the site has another now. */
    public function concerns(string $path): bool
    {
        return $this->from !== $this->to && strpos("{$path}/", "{$this->from}/") === 0;
    }

    /** A title that is nothing but the old name becomes the new one. */
    public function title(string $title): string
    {
        return in_array(strtolower($title), $this->names, true) ? (string) strtok($this->host, ':') : $title;
    }

    /**
     * @param mixed $value
     * @return mixed the same, corrected down to the last array; objects are left alone
     */
    public function value($value)
    {
        if (is_array($value)) {
            return array_map([$this, 'value'], $value);
        }
        return is_string($value) ? $this->text($value) : $value;
    }

    /** A serialised value, corrected; null when nothing is to be corrected, or it could not be put back as it was. */
    public function serialized(string $text): ?string
    {
        if (strpos($text, $this->from) === false) {
            return null;
        }
        $value = @unserialize($text, ['allowed_classes' => false]);
        if ($value === false || serialize($value) !== $text) {
            return null;
        }
        $moved = serialize($this->value($value));
        return $moved === $text ? null : $moved;
    }

    private function text(string $value): string
    {
        if (preg_match('@^(https?://)([^/:]+)(?::\d+)?/(.+)$@i', $value, $parts)) {
            $ours = in_array(strtolower($parts[2]), $this->names, true) && strpos("{$parts[3]}/", "{$this->from}/") === 0;
            return $ours ? $parts[1] . $this->host . '/' . $this->path($parts[3]) : $value;
        }
        $lead = strpos($value, '/') === 0 ? '/' : '';
        return $lead . $this->path(substr($value, strlen($lead)));
    }

    private function path(string $path): string
    {
        return $this->concerns($path) ? $this->to . substr($path, strlen($this->from)) : $path;
    }
}
