<?php

declare(strict_types=1);

namespace Aegir;

/** A failure whose parts the caller wants to see apart. */
final class Failure extends \RuntimeException
{
    public array $detail;

    public function __construct(string $message, array $detail)
    {
        parent::__construct($message);
        $this->detail = $detail;
    }
}

/** The JSON lines on file descriptor 3: progress, result, error, and fatal when PHP itself ended. */
final class Answers
{
    /** What PHP is busy with, for the last words of a process that dies. */
    public string $doing = '';

    /** @var resource */
    private $stream;
    private int $index = 0;
    private string $op = '';
    private bool $finished = false;
    private ?string $reserve;

    public function __construct()
    {
        $this->stream = fopen('php://fd/3', 'w');
        // Freed when memory has run out, so that there is some left to say so.
        $this->reserve = str_repeat('x', 256 * 1024);
        register_shutdown_function([$this, 'lastWords']);
    }

    public function begin(int $index, string $op): void
    {
        $this->index = $index;
        $this->op = $op;
        $this->doing = '';
    }

    public function progress(string $message, ?float $fraction = null): void
    {
        $this->send('progress', ['message' => $message, 'fraction' => $fraction]);
    }

    public function result(array $result, string $site): void
    {
        $this->send('result', ['site' => $site, 'result' => (object) $result]);
    }

    public function error(\Throwable $problem): void
    {
        $this->send('error', [
            'class' => get_class($problem),
            'message' => plain($problem->getMessage()),
            'place' => $problem->getFile() . ':' . $problem->getLine(),
            'detail' => $problem instanceof Failure ? $problem->detail : null,
        ]);
    }

    public function finish(): void
    {
        $this->finished = true;
    }

    /** Runs at shutdown: PHP died, or something in Drupal called exit(). */
    public function lastWords(): void
    {
        $this->reserve = null;
        if ($this->finished) {
            return;
        }
        $last = error_get_last();
        $fatal = $last && $last['type'] & (E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR);
        $cause = $fatal ? strtok($last['message'], "\n") : 'exit() was called';
        $this->send('fatal', [
            'message' => ($this->doing === '' ? '' : $this->doing . ': ') . $cause,
            'doing' => $this->doing,
            'place' => $fatal ? $last['file'] . ':' . $last['line'] : '',
        ]);
    }

    private function send(string $type, array $fields): void
    {
        $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE
            | JSON_PARTIAL_OUTPUT_ON_ERROR;
        $line = ['type' => $type, 'index' => $this->index, 'op' => $this->op] + $fields;
        fwrite($this->stream, json_encode($line, $flags) . "\n");
        fflush($this->stream);
    }
}
