<?php

declare(strict_types=1);

namespace Aegir;

use Drupal\Core\Database\Database;

/** What people wrote into a Drupal 8 or later, and what visitors may see of it. */
trait ModernContent
{
    public function changes(array $op): array
    {
        $this->boot();
        $found = [];
        foreach (\Drupal::entityTypeManager()->getDefinitions() as $type) {
            $change = $type->getGroup() === 'content' ? $this->changesOf($type, (int) $op['since']) : null;
            if ($change) {
                $found[] = $change;
            }
        }
        return ['changes' => $found];
    }

    /** @param object $type \Drupal\Core\Entity\EntityTypeInterface of content */
    private function changesOf($type, int $since): ?array
    {
        $connection = Database::getConnection();
        $table = (string) ($type->getDataTable() ?: $type->getBaseTable());
        $time = $this->column($table, ['changed', 'created']);
        if ($time === null) {
            return null;
        }
        $id = $type->getKey('id');
        $title = $this->column($table, [$type->getKey('label') ?: 'name', 'name', 'subject', $id]);
        // Rows are translations, and there is a user 0 who is nobody.
        $from = "FROM {{$table}} WHERE {$time} >= :since" . ($type->id() === 'user' ? " AND {$id} > 0" : '');
        $count = (int) $connection->query("SELECT COUNT(DISTINCT {$id}) {$from}", [':since' => $since])->fetchField();
        $sql = "SELECT {$title} AS title, {$time} AS changed {$from} ORDER BY {$time} DESC";
        $names = ['node' => 'content', 'user' => 'users', 'comment' => 'comments', 'file' => 'files'];
        $what = $names[$type->id()] ?? plain((string) $type->getPluralLabel());
        return $count ? change($what, $count, $connection->queryRange($sql, 0, NEWEST, [':since' => $since])) : null;
    }

    /** The first of these columns that the table has; none where there is no such table. */
    private function column(string $table, array $names): ?string
    {
        $schema = Database::getConnection()->schema();
        if ($table === '' || !$schema->tableExists($table)) {
            return null;
        }
        foreach ($names as $name) {
            if ($schema->fieldExists($table, $name)) {
                return $name;
            }
        }
        return null;
    }

    /** As the visitor that nobody knows: on the command line Drupal takes us for him. */
    public function pages(array $op): array
    {
        $this->boot();
        $limit = (int) $op['limit'];
        $lists = [
            $this->newest('node_field_data', 'nid', '/node/', $limit),
            $this->viewPages(),
            $this->newest('taxonomy_term_field_data', 'tid', '/taxonomy/term/', $limit),
        ];
        // Drupal would tell the page that stands in front by its own address.
        $paths = [rtrim((string) parse_url($this->job['uri'], PHP_URL_PATH), '/') . '/'];
        foreach (array_merge(['/user/login'], in_turns($lists)) as $path) {
            if (count($paths) >= $limit) {
                break;
            }
            $url = \Drupal::service('path.validator')->getUrlIfValidWithoutAccessCheck($path);
            if ($url && $url->access()) {
                $paths[] = $url->toString();
            }
        }
        return ['paths' => array_values(array_unique($paths))];
    }

    /** @return string[] */
    private function newest(string $table, string $id, string $prefix, int $limit): array
    {
        if ($this->column($table, ['status']) === null) {
            return [];
        }
        $sql = "SELECT {$id} FROM {{$table}} WHERE status = 1 GROUP BY {$id} ORDER BY {$id} DESC";
        $ids = Database::getConnection()->queryRange($sql, 0, $limit)->fetchCol();
        return array_map(static function ($number) use ($prefix): string {
            return $prefix . $number;
        }, $ids);
    }

    /** Pages that views make, without arguments. */
    private function viewPages(): array
    {
        $sql = 'SELECT path FROM {router} WHERE name LIKE :view AND path NOT LIKE :argument ORDER BY path';
        $patterns = [':view' => 'view.%', ':argument' => '%{%'];
        return Database::getConnection()->query($sql, $patterns)->fetchCol();
    }
}
