<?php

declare(strict_types=1);

namespace Aegir;

/** Like Drupal's own random keys: 55 bytes, as base64 that fits into an address. */
function random_key(): string
{
    return rtrim(strtr(base64_encode(random_bytes(55)), '+/', '-_'), '=');
}

/** No hash begins like this, so no password opens the account. */
const NO_PASSWORD = '*';

/** The part after «user7@» of an address that can never receive mail (RFC 2606). */
function nowhere(string $uri): string
{
    return '@' . parse_url($uri, PHP_URL_HOST) . '.invalid';
}
