<?php

/**
 * Reads a codebase without running any of it.
 *
 * {"path": …} on stdin; JSON lines on file descriptor 3: one `package` each and `scan` at last, or `refused`.
 */

declare(strict_types=1);

namespace Aegir;

require __DIR__ . '/scan_code.php';
require __DIR__ . '/scan_info.php';
require __DIR__ . '/scan_seven.php';
require __DIR__ . '/scan_modern.php';

const DOCROOTS = ['', 'web', 'docroot', 'html', 'public'];
const IN_FRONT = ['standard', 'minimal', 'demo_umami'];

/** The docroot below the path, and the scanner for the Drupal that lies there; null when there is none. */
function locate(string $path): ?array
{
    foreach (DOCROOTS as $docroot) {
        $root = rtrim("$path/$docroot", '/');
        if (is_file("$root/core/lib/Drupal.php")) {
            return [$docroot, new ScanModern($root)];
        }
        if (is_file("$root/includes/bootstrap.inc") && is_file("$root/modules/system/system.module")) {
            return [$docroot, new ScanSeven($root)];
        }
    }
    return null;
}

/** Files below a directory, as path => base name; directories that $enter refuses are left out. */
function walk(string $root, string $directory, callable $enter, array $seen = []): array
{
    $here = realpath("$root/$directory");
    if ($here === false || isset($seen[$here])) {
        return [];
    }
    $seen[$here] = true;
    $files = [];
    foreach (@scandir($here) ?: [] as $name) {
        if ($name[0] === '.') {
            continue;
        }
        $path = "$directory/$name";
        // What has a suffix that we know is a file; asking for each would double the time taken.
        if (preg_match('/\.(info|yml|module|install|profile|theme|engine|inc|php|po|txt|md|js|css|svg|png)$/', $name)) {
            $files[$path] = $name;
        } elseif (is_dir("$here/$name") && $enter($path, $name)) {
            $files += walk($root, $path, $enter, $seen);
        }
    }
    return $files;
}

/** Those that may be chosen, the recommended one first: a distribution, else what core has always put first. */
function choosable(array $profiles): array
{
    $rank = static function (string $name) use ($profiles): array {
        $place = array_search($name, IN_FRONT, true);
        return [$profiles[$name] ? 0 : 1, $place === false ? count(IN_FRONT) : $place, $name];
    };
    $names = array_map('strval', array_keys($profiles));
    usort($names, static function (string $one, string $other) use ($rank): int {
        return $rank($one) <=> $rank($other);
    });
    return $names;
}

/** The last line of the answer; each package is told on its own before, so that no line grows too long. */
function scan(string $path, callable $tell): array
{
    $found = is_dir($path) ? locate($path) : null;
    if ($found === null) {
        return ['type' => 'refused', 'directory' => is_dir($path), 'readable' => is_readable($path)];
    }
    [$docroot, $scanner] = $found;
    $code = new Code($scanner->root);
    $scanner->read($code);
    foreach ($scanner->packages as $package) {
        $tell(['type' => 'package', 'package' => $package]);
    }
    foreach (['composer.lock', "$docroot/composer.lock"] as $lock) {
        $code->note($lock, (string) @file_get_contents("$path/$lock"));
    }
    return [
        'type' => 'scan',
        'docroot' => $docroot,
        'version' => $scanner->version,
        'profiles' => choosable($scanner->profiles),
        'languages' => $scanner->languages(),
        'problems' => $code->problems,
        'fingerprint' => $code->fingerprint(),
    ];
}

error_reporting(E_ALL & ~E_DEPRECATED);
$job = json_decode((string) stream_get_contents(STDIN), true, 8, JSON_THROW_ON_ERROR);
$answers = fopen('php://fd/3', 'w');
$tell = static function (array $line) use ($answers): void {
    $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR;
    fwrite($answers, json_encode($line, $flags) . "\n");
};
$tell(scan($job['path'], $tell));
