"""What really left for a receiver, as the kernel saw it on the loopback: a packet capture of its port."""

import re
import socket
import struct
import threading

ETH_P_IP = 0x0800
SO_TIMESTAMPNS = 35
SOL_PACKET, PACKET_STATISTICS = 263, 6
CV = re.compile(rb'"type":"cv\.released".*?"release_id":\s*"([0-9a-f-]{36})"', re.DOTALL)
TAIL = 4096


class Capture(threading.Thread):
    """moments[release] = when each packet left that carried the CV of that release (seconds, the kernel's clock)."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.moments, self.packets = port, {}, 0
        self.ended = threading.Event()
        self.tails = {}
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
        self.socket.bind(("lo", ETH_P_IP))
        self.socket.settimeout(0.2)

    def run(self):
        while not self.ended.is_set():
            try:
                packet, extra, _, _ = self.socket.recvmsg(1 << 17, 256)
            except TimeoutError:
                continue
            seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
            self.look(packet, seconds + nanoseconds / 1e9)

    def look(self, packet, moment):
        head = (packet[0] & 15) * 4
        if packet[9] != socket.IPPROTO_TCP:
            return
        source, target = struct.unpack("!HH", packet[head:head + 4])
        if target != self.port:
            return
        payload = packet[head + (packet[head + 12] >> 4) * 4:]
        if not payload:
            return
        self.packets += 1
        # A body may begin in one packet and name its release in the next.
        seen = (self.tails.get(source, b"") + payload)[-TAIL - len(payload):]
        for found in CV.finditer(seen):
            self.moments.setdefault(found[1].decode(), []).append(moment)
        last = max((found.end() for found in CV.finditer(seen)), default=0)
        self.tails[source] = seen[last:][-TAIL:]

    def stop(self):
        self.ended.set()
        self.join()
        _, dropped = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        self.socket.close()
        return dropped
