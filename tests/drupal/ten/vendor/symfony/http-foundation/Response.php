<?php

namespace Symfony\Component\HttpFoundation;

class Response
{
    public string $content;
    public int $status;
    public array $headers;
    /** @var array<string, string> */
    public array $cookies = [];

    public function __construct(string $content = '', int $status = 200, array $headers = [])
    {
        $this->content = $content;
        $this->status = $status;
        $this->headers = $headers + ['Content-Type' => 'text/html; charset=UTF-8'];
    }

    public function getStatusCode(): int
    {
        return $this->status;
    }

    public function getContent(): string
    {
        return $this->content;
    }

    public function send(): self
    {
        http_response_code($this->status);
        foreach ($this->headers as $name => $value) {
            header("$name: $value");
        }
        foreach ($this->cookies as $name => $value) {
            setcookie($name, $value, ['path' => '/', 'httponly' => true, 'samesite' => 'Lax']);
        }
        echo $this->content;
        return $this;
    }
}
