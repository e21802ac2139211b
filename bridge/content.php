<?php

declare(strict_types=1);

namespace Aegir;

/** How many of the newest changes are told by title. */
const NEWEST = 5;

/** What was changed, for a list of changes: rows with a title and a time, the newest first. */
function change(string $what, int $count, iterable $rows): array
{
    $newest = [];
    foreach ($rows as $row) {
        $newest[] = ['title' => (string) $row->title, 'changed' => (int) $row->changed];
    }
    return ['what' => $what, 'count' => $count, 'newest' => $newest];
}

/**
 * One of each list in turn, so that a short selection has some of all.
 *
 * @param string[][] $lists
 * @return string[]
 */
function in_turns(array $lists): array
{
    $chosen = [];
    for ($turn = 0; $turn < max(array_map('count', $lists)); $turn++) {
        foreach ($lists as $list) {
            if (isset($list[$turn])) {
                $chosen[] = $list[$turn];
            }
        }
    }
    return array_values(array_unique($chosen));
}
