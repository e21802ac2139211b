<?php

declare(strict_types=1);

namespace Aegir;

/**
 * Runs update functions in the order that Drupal resolved, and says what became of each.
 *
 * Core's update_do_one() is the same on Drupal 7 and later: it records the schema of each finished update,
 * catches Exception but not Error, and passes over updates that depend on a failed one in silence.
 */
final class Updates
{
    public array $ran = [];
    /** @var array<string, string> function => why */
    public array $failed = [];
    /** @var array<string, string> function => why */
    public array $skipped = [];

    private Answers $answers;
    private Warnings $warnings;
    private array $results = [];

    public function __construct(Answers $answers, Warnings $warnings)
    {
        $this->answers = $answers;
        $this->warnings = $warnings;
    }

    /**
     * @param array $graph from update_resolve_dependencies()
     * @param array<string, int> $start module => first update to run
     * @param callable $record (module, schema): notes where a module stands
     */
    public function run(array $graph, array $start, callable $record): void
    {
        $done = 0;
        foreach ($graph as $function => $update) {
            $this->answers->progress("Running {$function}.", $done++ / count($graph));
            if (!$update['allowed']) {
                $missing = implode(', ', $update['missing_dependencies'] ?? []);
                $this->skipped[$function] = "It needs {$missing}, which is not there.";
                continue;
            }
            if (isset($start[$update['module']])) {
                $record($update['module'], $update['number'] - 1);
                unset($start[$update['module']]);
            }
            $map = array_keys($update['reverse_paths'] ?? []);
            $this->finish($function, function (array &$context) use ($update, $map): void {
                \update_do_one($update['module'], $update['number'], $map, $context);
            });
        }
    }

    /** @param string[] $functions names of post updates, which Drupal 8 and later have */
    public function runPost(array $functions): void
    {
        foreach ($functions as $function) {
            $this->answers->progress("Running {$function}.");
            $this->finish($function, function (array &$context) use ($function): void {
                \update_invoke_post_update($function, $context);
            });
        }
    }

    public function report(): array
    {
        $report = [
            'ran' => $this->ran,
            'failed' => (object) $this->failed,
            'skipped' => (object) $this->skipped,
            'php_warnings' => $this->warnings->end(),
        ];
        if ($this->failed || $this->skipped) {
            $worst = $this->failed ?: $this->skipped;
            $function = (string) array_key_first($worst);
            throw new Failure("{$function}: {$worst[$function]}", $report);
        }
        return $report;
    }

    /** Calls one update until it says that it is finished. */
    private function finish(string $function, callable $step): void
    {
        $this->answers->doing = $function;
        $context = ['sandbox' => [], 'results' => &$this->results, 'finished' => 1, 'message' => ''];
        do {
            $context['finished'] = 1;
            $known = $this->outcome($function);
            try {
                $step($context);
            } catch (\Throwable $problem) {
                $this->results['#abort'][] = $function;
                $this->failed[$function] = plain($problem->getMessage());
                break;
            }
            $outcome = $this->outcome($function);
            if ($known === null && $outcome === null) {
                $this->skipped[$function] = 'It depends on an update that failed.';
                break;
            }
            if (isset($outcome['#abort'])) {
                $this->failed[$function] = plain((string) $outcome['#abort']['query']);
                break;
            }
        } while ($context['finished'] < 1);
        $this->answers->doing = '';
        if (!isset($this->failed[$function]) && !isset($this->skipped[$function])) {
            $this->ran[] = $function;
        }
    }

    /** What Drupal noted about an update so far; null when it never called it. */
    private function outcome(string $function): ?array
    {
        $pattern = strpos($function, '_post_update_') ? '/^(.+?)_post_update_(.+)$/' : '/^(.+)_update_(\d+)$/';
        preg_match($pattern, $function, $parts);
        return $this->results[$parts[1]][$parts[2]] ?? null;
    }
}
