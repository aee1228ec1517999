#!/usr/bin/env python3
"""A small receiver of webhooks, for the demo and the tests: verifies Standard Webhooks 1.0 signatures (v1,
HMAC-SHA256), de-duplicates on webhook-id and writes one JSON line per event to a file.

    receiver.py --name arbejdsgiver --secrets FOLDER --events FILE --port-file FILE [--port 0]

A request to /NAME is verified with the secret in FOLDER/NAME, and endpoint.verify is answered with its challenge.
Written on its own, from the standard's text, so that
it checks the sender rather than repeating it."""

import argparse
import base64
import hashlib
import hmac
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 300
BODY_CAP = 256 * 1024
SECRET_SECONDS = 10


class Refused(Exception):
    pass


def verify(secret, headers, body):
    """Raises Refused unless one v1 signature over id.timestamp.body is ours and the timestamp is near."""
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not identity or not stamp.isdigit():
        raise Refused("webhook-id or webhook-timestamp missing")
    if abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
        raise Refused("timestamp too far off")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
    for signature in headers.get("webhook-signature", "").split():
        version, _, value = signature.partition(",")
        if version == "v1" and hmac.compare_digest(base64.b64encode(wanted).decode(), value):
            return identity
    raise Refused("no signature fits")


def find_secret(path):
    """The challenge may be here before the secret, which is in the answer to the registration, has been stored."""
    give_up = time.monotonic() + SECRET_SECONDS
    while True:
        try:
            with open(path, encoding="ascii") as file:
                secret = file.read().strip()
        except FileNotFoundError:
            secret = ""
        if secret or time.monotonic() > give_up:
            return secret
        time.sleep(0.01)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, document=None):
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        if length > BODY_CAP:
            self.close_connection = True
            return self.answer(413)
        body = self.rfile.read(length)
        name = self.path.strip("/")
        try:
            identity = verify(find_secret(os.path.join(self.server.secrets, os.path.basename(name))), self.headers, body)
        except (Refused, OSError) as fault:
            self.server.write({"receiver": name, "verified": False, "fault": str(fault)})
            return self.answer(401)
        event = json.loads(body)
        self.server.write({"receiver": name, "verified": True, "webhook_id": identity, "type": event["type"],
                           "received_at": time.time(), "event": event})
        if event["type"] == "endpoint.verify":
            return self.answer(200, {"challenge": event["data"]["challenge"]})
        return self.answer(204)

    def log_message(self, *_):
        pass


class Receiver(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, secrets, events):
        super().__init__(("127.0.0.1", port), Handler)
        self.secrets = secrets
        self.lock = threading.Lock()
        self.events = open(events, "a", encoding="utf-8")

    def write(self, line):
        with self.lock:
            self.events.write(json.dumps(line, ensure_ascii=False) + "\n")
            self.events.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--secrets", required=True)
    parser.add_argument("--events", required=True)
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    receiver = Receiver(options.port, options.secrets, options.events)
    with open(options.port_file + ".new", "w", encoding="ascii") as file:
        file.write(str(receiver.server_address[1]))
    os.replace(options.port_file + ".new", options.port_file)
    receiver.serve_forever()


if __name__ == "__main__":
    main()
