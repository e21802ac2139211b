<?php

declare(strict_types=1);

namespace Aegir;

/** What people wrote into a Drupal 7, and what visitors may see of it. */
trait SevenContent
{
    public function changes(array $op): array
    {
        $this->boot();
        $kinds = [
            ['content', 'node', 'title', 'changed'],
            ['users', 'users', 'name', 'created'],
            ['comments', 'comment', 'subject', 'changed'],
            ['files', 'file_managed', 'filename', 'timestamp'],
        ];
        $found = [];
        foreach ($kinds as [$what, $table, $title, $time]) {
            if (!\db_table_exists($table)) {
                continue;
            }
            $since = [':since' => (int) $op['since']];
            $from = "FROM {{$table}} WHERE {$time} >= :since";
            $count = (int) \db_query("SELECT COUNT(*) {$from}", $since)->fetchField();
            if ($count) {
                $sql = "SELECT {$title} AS title, {$time} AS changed {$from} ORDER BY {$time} DESC";
                $found[] = change($what, $count, \db_query_range($sql, 0, NEWEST, $since));
            }
        }
        return ['changes' => $found];
    }

    /** As the visitor that nobody knows: on the command line Drupal takes us for him. */
    public function pages(array $op): array
    {
        $this->boot();
        $limit = (int) $op['limit'];
        $front = [\url('<front>'), \url('user/login')];
        $lists = [$this->nodePages($limit), $this->viewPages(), $this->termPages($limit)];
        return ['paths' => array_slice(array_values(array_unique(array_merge($front, in_turns($lists)))), 0, $limit)];
    }

    /** @return string[] */
    private function nodePages(int $limit): array
    {
        $sql = "SELECT CONCAT('node/', nid) FROM {node} WHERE status = 1 ORDER BY changed DESC";
        return $this->visible(\db_query_range($sql, 0, $limit)->fetchCol());
    }

    /** Pages that the contributed module Views makes, without arguments. */
    private function viewPages(): array
    {
        $sql = "SELECT path FROM {menu_router} WHERE page_callback = 'views_page' AND path NOT LIKE :argument";
        return $this->visible(\db_query($sql, [':argument' => '%\%%'])->fetchCol());
    }

    /** @return string[] */
    private function termPages(int $limit): array
    {
        if (!\db_table_exists('taxonomy_term_data')) {
            return [];
        }
        $sql = "SELECT CONCAT('taxonomy/term/', tid) FROM {taxonomy_term_data} ORDER BY tid DESC";
        return $this->visible(\db_query_range($sql, 0, $limit)->fetchCol());
    }

    /** @param string[] $paths internal ones */
    private function visible(array $paths): array
    {
        $open = array_filter($paths, static function (string $path): bool {
            $item = \menu_get_item($path);
            return $item && $item['access'];
        });
        return array_map('url', array_values($open));
    }
}
