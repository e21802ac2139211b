<?php

/**
 * SQLite files as the user that owns them: `dump PATH` writes one to stdout, `load PATH CACHE…` takes one from
 * stdin, `settle PATH` waits until nobody is in the middle of a change.
 *
 * CACHE is a pattern of LIKE, in which `_` means itself, for tables that come back empty. Ends with a sentence on
 * stderr and code 1 when something is wrong.
 */

declare(strict_types=1);

namespace Aegir;

use SQLite3;

const PATIENCE = 30;
const MAGIC = "SQLite format 3\0";
const BESIDE = ['-journal', '-wal', '-shm'];

function opened(string $path): SQLite3
{
    if (is_link($path) || !is_file($path)) {
        throw new \RuntimeException("$path is no file.");
    }
    $session = new SQLite3($path, SQLITE3_OPEN_READWRITE);
    $session->enableExceptions(true);
    $session->busyTimeout(PATIENCE * 1000);
    // What the file itself says shall be done in passing is not.
    $session->exec('PRAGMA trusted_schema = OFF');
    // Drupal 8 and later name it in their tables, which cannot even be checked without it.
    $session->createCollation('NOCASE_UTF8', __NAMESPACE__ . '\\compare');
    return $session;
}

/** As Drupal does, where PHP can: no change made here depends on the order. */
function compare(string $one, string $other): int
{
    $same = function_exists('mb_strtoupper') ? 'mb_strtoupper' : 'strtoupper';
    return strcmp($same($one), $same($other));
}

/** Tries until it works out, for as long as a writer would wait. */
function until(callable $try, string $complaint): void
{
    $end = microtime(true) + PATIENCE;
    while (!$try()) {
        if (microtime(true) > $end) {
            throw new \RuntimeException($complaint);
        }
        usleep(20000);
    }
}

function dump(string $path): void
{
    $session = opened($path);
    // From here on others may read, and nobody may write.
    $session->exec('BEGIN IMMEDIATE');
    $other = opened($path);
    if ($other->querySingle('PRAGMA journal_mode') === 'wal') {
        until(function () use ($other): bool {
            $state = $other->querySingle('PRAGMA wal_checkpoint(PASSIVE)', true);
            return $state['log'] === $state['checkpointed'];
        }, "Somebody has been reading $path for too long.");
    }
    $file = fopen($path, 'rb');
    if (stream_copy_to_stream($file, STDOUT) !== fstat($file)['size']) {
        throw new \RuntimeException("Could not read $path to its end.");
    }
    // Not before: with the first descriptor of a file that is closed, the process loses its locks on it.
    fclose($file);
    $session->exec('ROLLBACK');
}

function load(string $path, string ...$caches): void
{
    $new = "$path.new-" . bin2hex(random_bytes(6));
    try {
        $file = fopen($new, 'xb');
        if (stream_copy_to_stream(STDIN, $file) === false || !fflush($file)) {
            throw new \RuntimeException("Could not write $new.");
        }
        fclose($file);
        inspect($new, $caches);
        foreach (BESIDE as $suffix) {
            @unlink($path . $suffix);
        }
        rename($new, $path);
    } finally {
        foreach (['', ...BESIDE] as $suffix) {
            @unlink($new . $suffix);
        }
    }
}

/** A whole database, or an exception; its caches are empty afterwards. */
function inspect(string $path, array $caches): void
{
    if (file_get_contents($path, false, null, 0, strlen(MAGIC)) !== MAGIC) {
        throw new \RuntimeException('The dump is no SQLite database.');
    }
    $session = opened($path);
    $size = $session->querySingle('PRAGMA page_count') * $session->querySingle('PRAGMA page_size');
    if ($size !== filesize($path) || ($said = $session->querySingle('PRAGMA quick_check(1)')) !== 'ok') {
        throw new \RuntimeException('The dump is cut short or damaged: ' . ($said ?? 'pages are missing'));
    }
    foreach ($caches as $pattern) {
        $like = "'" . SQLite3::escapeString(str_replace('_', '\\_', $pattern)) . "'";
        $found = $session->query("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE $like ESCAPE '\\'");
        for ($names = []; $row = $found->fetchArray(SQLITE3_NUM); $names[] = $row[0]);
        $found->finalize();
        foreach ($names as $name) {
            $session->exec('DELETE FROM "' . str_replace('"', '""', $name) . '"');
        }
    }
    $session->close();
}

function settle(string $path): void
{
    $session = opened($path);
    // Leaving the write-ahead log behind takes that nobody else has the file open.
    until(function () use ($session): bool {
        try {
            return $session->querySingle('PRAGMA journal_mode = DELETE') === 'delete';
        } catch (\Exception $busy) {
            return false;
        }
    }, "Somebody keeps $path open.");
    $session->exec('BEGIN EXCLUSIVE');
    $session->exec('ROLLBACK');
    $session->close();
}

set_error_handler(function (int $level, string $message): bool {
    if (error_reporting() & $level) {
        throw new \RuntimeException($message);
    }
    return true;
});
try {
    if (!class_exists(SQLite3::class)) {
        throw new \RuntimeException('PHP has no sqlite3 extension: install php-sqlite3.');
    }
    [, $verb, $path] = $argv;
    switch ($verb) {
        case 'dump':
            dump($path);
            break;
        case 'load':
            load($path, ...array_slice($argv, 3));
            break;
        case 'settle':
            settle($path);
            break;
        default:
            throw new \RuntimeException("There is no «$verb».");
    }
} catch (\Throwable $problem) {
    fwrite(STDERR, $problem->getMessage() . "\n");
    exit(1);
}
