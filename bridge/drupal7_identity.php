<?php

declare(strict_types=1);

namespace Aegir;

/** A copy of a Drupal 7 becomes a site of its own. */
trait SevenIdentity
{
    /** Core's caches that may tell of the site they were made for; what modules have of their own, they tell. */
    private static array $telling = [
        'cache', 'cache_block', 'cache_field', 'cache_filter', 'cache_form', 'cache_image', 'cache_menu', 'cache_page',
        'cache_path',
    ];

    public function identify(array $op): array
    {
        $this->boot();
        $this->emptyTables(['sessions', 'flood', 'semaphore', 'cache_form', 'cache_page']);
        \variable_set('drupal_private_key', random_key());
        \variable_set('cron_key', random_key());
        foreach (['site_name', 'site_mail'] as $name) {
            if (isset($op[$name])) {
                \variable_set($name, (string) $op[$name]);
            }
        }
        if (isset($op['account'])) {
            $this->beginAnew($op['account']);
        }
        return ['uuid' => null, 'sanitized' => empty($op['sanitize']) ? 0 : $this->sanitize()];
    }

    /** @param string[] $tables */
    private function emptyTables(array $tables): void
    {
        foreach ($tables as $table) {
            if (\db_table_exists($table)) {
                \db_delete($table)->execute();
            }
        }
    }

    /** @param array $account name, mail and password of who owns the new site */
    private function beginAnew(array $account): void
    {
        $this->emptyTables(['watchdog']);
        \variable_set('install_time', time());
        // They came along from the site that the copy was taken from, and so did the paths of its files.
        $this->emptyTables(array_merge(self::$telling, \module_invoke_all('flush_caches')));
        \variable_set('menu_rebuild_needed', true);
        if (is_file(DRUPAL_ROOT . '/includes/password.inc')) {
            require_once DRUPAL_ROOT . '/includes/password.inc';
        }
        \db_update('users')->fields([
            'name' => $account['name'],
            'mail' => $account['mail'],
            'init' => $account['mail'],
            'pass' => \user_hash_password($account['password']),
            'created' => time(),
            'access' => 0,
            'login' => 0,
        ])->condition('uid', 1)->execute();
    }

    /** Nobody but the first account can be written to, or log in. */
    private function sanitize(): int
    {
        $this->emptyTables(['watchdog']);
        $address = [':nowhere' => nowhere($this->job['uri']), ':none' => NO_PASSWORD];
        $set = "mail = CONCAT('user', uid, :nowhere), pass = :none";
        \db_query("UPDATE {users} SET {$set} WHERE uid > 1", $address);
        \db_query('UPDATE {users} SET init = mail WHERE uid > 1');
        if (\db_table_exists('comment')) {
            \db_query("UPDATE {comment} SET mail = '', hostname = ''");
        }
        return (int) \db_query('SELECT COUNT(*) FROM {users} WHERE uid > 1')->fetchField();
    }
}
