<?php

// Asks for the ping page of the PHP-FPM pool whose socket is the only argument, and prints its answer.

const BEGIN = 1;
const PARAMS = 4;
const STDIN_ = 5;

function record(int $type, string $body): string {
    return pack('CCnnCC', 1, $type, 1, strlen($body), 0, 0) . $body;
}

function param(string $name, string $value): string {
    return chr(strlen($name)) . chr(strlen($value)) . $name . $value;
}

$pool = @stream_socket_client("unix://$argv[1]", $number, $reason, 5);
if ($pool === false) {
    exit(1);
}
stream_set_timeout($pool, 5);
$params = param('REQUEST_METHOD', 'GET') . param('SCRIPT_NAME', '/ping') . param('SCRIPT_FILENAME', '/ping')
    . param('QUERY_STRING', '');
fwrite($pool, record(BEGIN, pack('nCx5', 1, 0)) . record(PARAMS, $params) . record(PARAMS, '') . record(STDIN_, ''));
$answer = stream_get_contents($pool);
if (!preg_match('/\r\n\r\n(\d+)/', $answer, $found)) {
    exit(1);
}
echo $found[1];
