<?php

namespace Symfony\Component\HttpFoundation;

/** As much of Symfony's request as the kernel and the pages use. */
class Request
{
    public ParameterBag $query;
    public ParameterBag $request;
    public ParameterBag $cookies;
    public ParameterBag $server;

    public function __construct(array $query = [], array $request = [], array $attributes = [], array $cookies = [], array $files = [], array $server = [])
    {
        $this->query = new ParameterBag($query);
        $this->request = new ParameterBag($request);
        $this->cookies = new ParameterBag($cookies);
        $this->server = new ParameterBag($server);
    }

    public static function createFromGlobals(): self
    {
        return new self($_GET, $_POST, [], $_COOKIE, [], $_SERVER);
    }

    public function getMethod(): string
    {
        return $this->server->get('REQUEST_METHOD', 'GET');
    }

    public function isSecure(): bool
    {
        return in_array(strtolower((string) $this->server->get('HTTPS')), ['on', '1'], true);
    }

    public function getScheme(): string
    {
        return $this->isSecure() ? 'https' : 'http';
    }

    public function getHost(): string
    {
        $host = $this->server->get('HTTP_HOST') ?: $this->server->get('SERVER_NAME', 'localhost');
        return strtolower(preg_replace('/:\d+$/', '', trim($host)));
    }

    public function getPort(): int
    {
        // The Host header is believed before the server's own port: trap 10 is a front end that loses it.
        if (preg_match('/:(\d+)$/', (string) $this->server->get('HTTP_HOST'), $found)) {
            return (int) $found[1];
        }
        return $this->isSecure() ? 443 : 80;
    }

    public function getHttpHost(): string
    {
        $usual = $this->isSecure() ? 443 : 80;
        return $this->getHost() . ($this->getPort() === $usual ? '' : ':' . $this->getPort());
    }

    public function getSchemeAndHttpHost(): string
    {
        return $this->getScheme() . '://' . $this->getHttpHost();
    }

    public function getRequestUri(): string
    {
        return $this->server->get('REQUEST_URI', '/');
    }

    public function getPathInfo(): string
    {
        return rawurldecode(parse_url($this->getRequestUri(), PHP_URL_PATH) ?: '/');
    }

    public function getUri(): string
    {
        return $this->getSchemeAndHttpHost() . $this->getRequestUri();
    }

    public function getClientIp(): ?string
    {
        return $this->server->get('REMOTE_ADDR');
    }
}
