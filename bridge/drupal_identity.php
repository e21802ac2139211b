<?php

declare(strict_types=1);

namespace Aegir;

use Drupal\Core\Database\Database;
use Drupal\Core\Site\Settings;

/** A copy of a Drupal 8 or later becomes a site of its own. */
trait ModernIdentity
{
    public function identify(array $op): array
    {
        if (isset($op['account']) && !$this->kernel) {
            $this->takeOver($op['account']);
        } else {
            $this->bootAnew();
        }
        $this->emptyTables(['sessions', 'flood', 'semaphore', 'key_value_expire']);
        \Drupal::state()->set('system.private_key', random_key());
        \Drupal::state()->set('system.cron_key', random_key());
        $uuid = $this->rename($op);
        if (isset($op['account'])) {
            $this->beginAnew($op['account']);
        }
        return ['uuid' => $uuid, 'sanitized' => empty($op['sanitize']) ? 0 : $this->sanitize()];
    }

    /** @param string[] $tables */
    private function emptyTables(array $tables): void
    {
        $connection = Database::getConnection();
        foreach ($tables as $table) {
            if ($connection->schema()->tableExists($table)) {
                $connection->delete($table)->execute();
            }
        }
    }

    private function rename(array $op): string
    {
        $site = \Drupal::configFactory()->getEditable('system.site');
        $old = (string) $site->get('uuid');
        $new = (string) ($op['uuid'] ?? '') ?: \Drupal::service('uuid')->generate();
        $site->set('uuid', $new);
        foreach (['site_name' => 'name', 'site_mail' => 'mail'] as $argument => $key) {
            if (isset($op[$argument])) {
                $site->set($key, (string) $op[$argument]);
            }
        }
        // Strings as they have to be: without asking every module what its configuration looks like.
        $site->save(true);
        $this->renameExported($old, $new);
        return $new;
    }

    /**
     * Drupal imports configuration of its own UUID alone. What the copy has exported goes with it, so it goes on
     * being importable; a directory that it shares with other sites is not the copy's to change.
     */
    private function renameExported(string $old, string $new): void
    {
        $file = Settings::get('config_sync_directory', '') . '/system.site.yml';
        if (strpos($file, $this->job['site'] . '/') !== 0 || $old === '' || !is_file($file)) {
            return;
        }
        $pattern = '/^(uuid: *[\'"]?)' . preg_quote($old, '/') . '([\'"]?\s*)$/m';
        file_put_contents($file, preg_replace($pattern, '${1}' . $new . '${2}', file_get_contents($file)));
    }

    /** @param array $account name, mail and password of who owns the new site */
    private function beginAnew(array $account): void
    {
        $this->emptyTables(['watchdog']);
        \Drupal::state()->set('install_time', time());
        $user = \Drupal::entityTypeManager()->getStorage('user')->load(1);
        $user->setUsername($account['name']);
        $user->setEmail($account['mail']);
        $user->setPassword($account['password']);
        foreach (['init' => $account['mail'], 'created' => time(), 'access' => 0, 'login' => 0] as $field => $value) {
            $user->set($field, $value);
        }
        $user->save();
    }

    /** Nobody but the first account can be written to, or log in. The tables hold all translations. */
    private function sanitize(): int
    {
        $this->emptyTables(['watchdog']);
        $connection = Database::getConnection();
        $address = [':nowhere' => nowhere($this->job['uri']), ':none' => NO_PASSWORD];
        foreach (['users_field_data', 'users_field_revision'] as $table) {
            if ($connection->schema()->tableExists($table)) {
                $set = "mail = CONCAT('user', uid, :nowhere), pass = :none";
                $connection->query("UPDATE {{$table}} SET {$set} WHERE uid > 1", $address);
                $connection->query("UPDATE {{$table}} SET init = mail WHERE uid > 1");
            }
        }
        if ($connection->schema()->tableExists('comment_field_data')) {
            $connection->query("UPDATE {comment_field_data} SET mail = '', hostname = ''");
        }
        \Drupal::entityTypeManager()->getStorage('user')->resetCache();
        return (int) $connection->query('SELECT COUNT(DISTINCT uid) FROM {users_field_data} WHERE uid > 1')->fetchField();
    }
}
