"""The API as the story's people use it: JSON over HTTP with a key. Every call survives a daemon that is killed and
started again: reads and conditional writes are repeated, and a POST that creates carries the same Idempotency-Key each
time."""

import http.client
import json
import time
import urllib.parse
import uuid

# Longer than a lease: what a killed daemon held is taken up again only when that runs out.
PATIENCE_SECONDS = 150
PAUSE_SECONDS = 0.05


class Problem(Exception):
    def __init__(self, status, problem):
        super().__init__(f"{status} {problem.get('type')}: {problem.get('detail')} {problem.get('errors', '')}")
        self.status = status
        self.problem = problem


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def etag(self):
        return self.headers.get("etag")


class Api:
    def __init__(self, address, key):
        self.address, self.key = address, key

    def once(self, method, path, body, headers):
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {self.key}", **headers})
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        content = json.loads(raw) if raw and "json" in response.getheader("Content-Type", "") else raw
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def call(self, method, path, document=None, etag=None, idempotent=False, **headers):
        """One call, repeated while the daemon is away. The document is JSON, or bytes with their Content-Type. Raises
        Problem on any other refusal."""
        body = document
        if document is not None and not isinstance(document, bytes):
            body = json.dumps(document, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        if etag:
            headers["If-Match"] = etag
        if idempotent:
            headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self.once(method, path, body, headers)
                away = answer.status == 503 or (answer.status == 409 and "in-progress" in answer.body.get("type", ""))
            except (OSError, http.client.HTTPException):
                if time.monotonic() > give_up:
                    raise
                away = True
            if not away:
                break
            if time.monotonic() > give_up:
                raise TimeoutError(f"{method} {path}")
            time.sleep(PAUSE_SECONDS)
        if answer.status >= 400:
            raise Problem(answer.status, answer.body if isinstance(answer.body, dict) else {})
        return answer

    def get(self, path, **query):
        return self.call("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path, document, **options):
        return self.call("POST", path, document, **options)


def wait_for(what, question, seconds=PATIENCE_SECONDS):
    """The first true answer of `question`, asked again until it comes."""
    give_up = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > give_up:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(PAUSE_SECONDS)
