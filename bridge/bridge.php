<?php

/**
 * Aegir's hands inside one site: reads a job from stdin, answers with JSON lines on file descriptor 3.
 *
 * README.md describes the protocol. Whatever PHP prints is log and means nothing.
 */

declare(strict_types=1);

namespace Aegir;

require __DIR__ . '/answers.php';
require __DIR__ . '/updates.php';
require __DIR__ . '/warnings.php';
require __DIR__ . '/relocation.php';
require __DIR__ . '/identity.php';
require __DIR__ . '/content.php';

/** What can be done inside a site; every method is one op and returns its result. */
interface Site
{
    public function install(array $op): array;

    public function extensions(array $op): array;

    public function pending(array $op): array;

    public function update(array $op): array;

    public function login(array $op): array;

    public function maintenance(array $op): array;

    public function rebuild(array $op): array;

    public function cron(array $op): array;

    public function status(array $op): array;

    public function requirements(array $op): array;

    public function relocate(array $op): array;

    public function identify(array $op): array;

    public function changes(array $op): array;

    public function pages(array $op): array;

    /** The directory of the site that Drupal really opened. */
    public function directory(): string;
}

const OPS = [
    'install', 'update', 'pending', 'extensions', 'status', 'login', 'maintenance', 'rebuild', 'cron', 'requirements',
    'relocate', 'identify', 'changes', 'pages',
];
const ALONE = ['install', 'update'];
const SEVERITIES = [-1 => 'info', 0 => 'ok', 1 => 'warning', 2 => 'error'];
const LEAST_MEMORY = 512 * 1024 * 1024;

/** The request a visitor of the site would make, as the web server hands it to PHP. */
function pretend_request(string $root, string $site, string $uri): void
{
    $parts = parse_url($uri) + ['scheme' => 'http', 'host' => '', 'path' => ''];
    $path = rtrim($parts['path'], '/');
    $port = $parts['port'] ?? ($parts['scheme'] === 'https' ? 443 : 80);
    $_SERVER = [
        'HTTP_HOST' => $parts['host'] . (isset($parts['port']) ? ':' . $parts['port'] : ''),
        'SERVER_NAME' => $parts['host'],
        'SERVER_PORT' => (string) $port,
        'SERVER_PROTOCOL' => 'HTTP/1.1',
        'SERVER_SOFTWARE' => 'aegir',
        'SERVER_ADDR' => '127.0.0.1',
        'REMOTE_ADDR' => '127.0.0.1',
        'REQUEST_METHOD' => 'GET',
        'REQUEST_URI' => $path . '/',
        'QUERY_STRING' => '',
        'HTTP_USER_AGENT' => '',
        'SCRIPT_NAME' => $path . '/index.php',
        'PHP_SELF' => $path . '/index.php',
        'SCRIPT_FILENAME' => $root . '/index.php',
        'DOCUMENT_ROOT' => $root,
        // Our sites.php answers with this.
        'aegir_site' => $site,
    ] + $_SERVER;
    if ($parts['scheme'] === 'https') {
        $_SERVER['HTTPS'] = 'on';
    }
}

/** The names under which a cloaked settings.php looks for its secrets; it may unset them after reading. */
function uncloak(array $job): void
{
    $names = [
        'driver' => 'db_type',
        'database' => 'db_name',
        'username' => 'db_user',
        'password' => 'db_passwd',
        'host' => 'db_host',
        'port' => 'db_port',
        'unix_socket' => 'db_socket',
    ];
    foreach ($names as $key => $name) {
        $_SERVER[$name] = (string) ($job['database'][$key] ?? '');
    }
    $_SERVER['hash_salt'] = (string) $job['hash_salt'];
}

/** Refuses when Drupal opened another site than the one that was asked for. */
function require_site(string $wanted, string $opened, string $uri): void
{
    if ($opened !== $wanted) {
        throw new \DomainException("Drupal opens «{$opened}» for {$uri}, not «{$wanted}».");
    }
}

/** Both Drupals reset this while they boot; deprecations are for their developers. */
function quieten(): void
{
    error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
}

function require_memory(): void
{
    $limit = trim((string) ini_get('memory_limit'));
    $units = ['k' => 1024, 'm' => 1024 ** 2, 'g' => 1024 ** 3];
    $bytes = (int) $limit * ($units[strtolower(substr($limit, -1))] ?? 1);
    if ($bytes > 0 && $bytes < LEAST_MEMORY) {
        ini_set('memory_limit', (string) LEAST_MEMORY);
    }
}

/** Text that Drupal meant for a page. */
function plain(string $markup): string
{
    return trim(html_entity_decode(strip_tags($markup), ENT_QUOTES | ENT_HTML5, 'UTF-8'));
}

/** One entry of a list of pending updates. */
function pending_update(string $module, string $name, string $description): array
{
    $description = preg_replace('/^\d+\s*-\s*/', '', trim((string) preg_replace('/\s+/', ' ', $description)));
    return ['module' => $module, 'name' => $name, 'description' => $description];
}

/** Drupal 7 installs in English, silently, when it lacks the translation. */
function require_language(array $op, string $found): void
{
    $wanted = (string) ($op['language'] ?? 'en');
    if ($found !== $wanted) {
        throw new \RuntimeException("Drupal installed in «{$found}», not in «{$wanted}»: its translation is missing.");
    }
}

/** The first pending update of each module that has one. */
function first_updates(array $list): array
{
    return array_filter(array_map(static function (array $entry) {
        return $entry['start'] ?? null;
    }, $list));
}

function perform(Site $site, array $op, int $count): array
{
    $name = $op['op'] ?? '';
    if (!in_array($name, OPS, true)) {
        throw new \DomainException("There is no op called «{$name}».");
    }
    if (in_array($name, ALONE, true) && $count > 1) {
        throw new \DomainException("The op «{$name}» needs a process of its own.");
    }
    return $site->$name($op);
}

/** All ops in turn; the first that fails ends the job. */
function run(Answers $answers, array $job): int
{
    foreach ($job['ops'] as $index => $op) {
        $answers->begin($index, (string) ($op['op'] ?? ''));
        try {
            if (!isset($site)) {
                $site = open($answers, $job);
            }
            $result = perform($site, $op, count($job['ops']));
            $answers->result($result, $site->directory());
        } catch (\Throwable $problem) {
            $answers->error($problem);
            return 1;
        }
    }
    return 0;
}

function open(Answers $answers, array $job): Site
{
    $root = $job['root'];
    if (!is_dir("$root/{$job['site']}") || !chdir($root)) {
        throw new \DomainException("There is no directory {$job['site']} in {$root}.");
    }
    pretend_request($root, $job['site'], $job['uri']);
    if (is_file("$root/core/lib/Drupal.php")) {
        require __DIR__ . '/drupal.php';
        return new ModernDrupal($answers, $job);
    }
    if (is_file("$root/includes/bootstrap.inc")) {
        require __DIR__ . '/drupal7.php';
        return new Drupal7($answers, $job);
    }
    throw new \DomainException("{$root} does not contain a Drupal that can be opened.");
}

$answers = new Answers();
$job = json_decode((string) stream_get_contents(STDIN), true, 64, JSON_THROW_ON_ERROR);
require_memory();
set_time_limit(0);
quieten();
$code = run($answers, $job);
$answers->finish();
exit($code);
