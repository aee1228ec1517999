#!/usr/bin/env python3
# EMNEBANK_SECRET=whsec_… PORT=8080 FOLDER=emnebank python3 receiver.py
import base64, hmac, json, os, re, threading, time, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEY = base64.b64decode(os.environ["EMNEBANK_SECRET"].removeprefix("whsec_"))
SEEN, CVS = (Path(os.environ.get("FOLDER", "emnebank")) / name for name in ("seen", "cv"))
LOCK = threading.Lock()

def genuine(ident, stamp, signatures, body):
    if not re.fullmatch(r"msg_[\w-]{1,80}", ident, re.A) or not re.fullmatch(r"[0-9]{1,12}", stamp):
        return False
    content = f"{ident}.{stamp}.".encode() + body  # the bytes as they came, not JSON written anew
    wanted = b"v1," + base64.b64encode(hmac.digest(KEY, content, "sha256"))
    fits = any(hmac.compare_digest(wanted, each.encode()) for each in signatures.split(" "))
    return fits and abs(time.time() - int(stamp)) <= 300  # a copy from yesterday is no news

def handle(event):
    if event["type"] not in ("cv.released", "cv.recalled"): return  # new kinds come: leave what you do not know
    file = CVS / f"{uuid.UUID(event['data']['release_id'])}.json"
    if file.exists() and event["version"] <= json.loads(file.read_text())["version"]: return
    file.with_suffix(".new").write_text(json.dumps(event))  # a recall holds no CV: it takes the CV's place,
    file.with_suffix(".new").replace(file)                  # and its version keeps a late CV out

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 262144))
        ident, stamp, signatures = (self.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        if not genuine(ident, stamp, signatures, body): return self.send_error(401)
        event = json.loads(body)
        with LOCK:
            if not (SEEN / ident).exists(): handle(event)  # it may come twice
            (SEEN / ident).touch()  # last: what failed half-way is sent again
        self.send_response(200)
        self.end_headers()
        if event["type"] == "endpoint.verify": self.wfile.write(json.dumps({"challenge": event["data"]["challenge"]}).encode())

for folder in (SEEN, CVS): folder.mkdir(0o700, parents=True, exist_ok=True)
ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver).serve_forever()
