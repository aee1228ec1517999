<?php // EMNEBANK_SECRET=whsec_… FOLDER=emnebank php -S 127.0.0.1:8080 receiver.php
$key = base64_decode(substr(getenv('EMNEBANK_SECRET'), strlen('whsec_')));
$folder = getenv('FOLDER') ?: 'emnebank';

function genuine($key, $id, $stamp, $signatures, $body) {
    if (!preg_match('/^msg_[\w-]{1,80}$/D', $id) || !preg_match('/^[0-9]{1,12}$/D', $stamp)) return false;
    if (abs(time() - (int)$stamp) > 300) return false; // a copy from yesterday is no news
    $wanted = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$stamp.$body", $key, true)); // the bytes as they came
    $fits = false;
    foreach (explode(' ', $signatures) as $each) $fits = hash_equals($wanted, $each) || $fits;
    return $fits;
}

function handle($folder, $event) {
    if (!in_array($event['type'], ['cv.released', 'cv.recalled'])) return; // new kinds come: leave what you do not know
    $release = $event['data']['release_id'];
    if (!preg_match('/^[0-9a-f-]{36}$/D', $release)) throw new Exception('release_id');
    $file = "$folder/cv/$release.json";
    if (file_exists($file) && $event['version'] <= json_decode(file_get_contents($file), true)['version']) return;
    file_put_contents("$file.new", json_encode($event)); // a recall holds no CV: it takes the CV's place,
    rename("$file.new", $file);                          // and its version keeps a late CV out
}

$body = file_get_contents('php://input');
[$id, $stamp, $signatures] = array_map(fn($name) => $_SERVER["HTTP_WEBHOOK_$name"] ?? '', ['ID', 'TIMESTAMP', 'SIGNATURE']);
if (!genuine($key, $id, $stamp, $signatures, $body)) { http_response_code(401); exit; }
$event = json_decode($body, true, 16, JSON_THROW_ON_ERROR);
if ($event['type'] === 'endpoint.verify') { echo json_encode(['challenge' => $event['data']['challenge']]); exit; }
foreach (['seen', 'cv'] as $name) is_dir("$folder/$name") || mkdir("$folder/$name", 0700, true);
$lock = fopen("$folder/lock", 'c');
flock($lock, LOCK_EX); // two at a time must not overtake each other
if (!file_exists("$folder/seen/$id")) handle($folder, $event); // it may come twice
touch("$folder/seen/$id"); // last: what failed half-way is sent again
http_response_code(204);
