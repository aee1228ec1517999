#!/usr/bin/env python3
"""Receivers of webhooks in one process and one thread, each on a port of its own, so that what is measured is the
sender. Each answers 204 (and a challenge with itself) as soon as a request is whole, and writes one line per answer to stdout:

    PORT_INDEX SECONDS ORDER_ID

SECONDS are CLOCK_MONOTONIC's when the answer had been handed to the kernel. The first line names the ports.

    receivers.py PORT...        (0: any that is free)"""

import gc
import json
import os
import re
import selectors
import socket
import sys
import time

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
VERIFY = b'{"type":"endpoint.verify"'
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def whole(received):
    """Where the first request in the bytes ends; 0 when more must come."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return 0
    length = LENGTH.search(received, 0, head)
    end = head + 4 + (int(length[1]) if length else 0)
    return end if len(received) >= end else 0


def order_of(request):
    """The order's id stands in the event's `data.order`."""
    body = json.loads(request[request.find(b"\r\n\r\n") + 4:])
    return body["data"].get("order", {}).get("id", "-")


def answer_to(request):
    body = request.find(b"\r\n\r\n") + 4
    if not request.startswith(VERIFY, body):
        return ANSWER
    echo = json.dumps({"challenge": json.loads(request[body:])["data"]["challenge"]}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(echo), echo)


def accept(selector, listener, index):
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setblocking(False)
    selector.register(connection, selectors.EVENT_READ, (index, bytearray()))


def serve(selector, connection, index, received):
    """Answers first and reads the order's id afterwards. False when the connection has ended."""
    try:
        bytes_read = connection.recv(1 << 18)
    except ConnectionError:
        return False
    received += bytes_read
    while end := whole(received):
        request = bytes(received[:end])
        connection.sendall(answer_to(request))
        answered = time.clock_gettime(time.CLOCK_MONOTONIC)
        os.write(1, f"{index} {answered:.6f} {order_of(request)}\n".encode())
        del received[:end]
    return bool(bytes_read)


def main():
    gc.disable()
    selector, ports = selectors.DefaultSelector(), []
    for index, port in enumerate(sys.argv[1:]):
        listener = socket.create_server(("127.0.0.1", int(port)), backlog=128)
        selector.register(listener, selectors.EVENT_READ, (index, None))
        ports.append(listener.getsockname()[1])
    print(*ports, flush=True)
    while True:
        for key, _ in selector.select():
            index, received = key.data
            if received is None:
                accept(selector, key.fileobj, index)
            elif not serve(selector, key.fileobj, index, received):
                selector.unregister(key.fileobj)
                key.fileobj.close()


if __name__ == "__main__":
    main()
