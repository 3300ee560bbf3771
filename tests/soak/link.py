"""A line on this machine that can be slow, or cut."""

import random
import socket
import threading
import time

PIECE_BYTES = 16 << 10


class Link:
    """Carries what comes to its port to another, until the process ends."""

    def __init__(self, to_port):
        self.to_port, self.delay_s, self.is_cut = to_port, 0, False
        # After at most so many bytes of each client's the line breaks.
        self.breaks_within = None
        self.cuts, self.lines, self.lock = 0, set(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def cut(self):
        """Ends all connections, and new ones at once."""
        self.is_cut = True
        with self.lock:
            lines = list(self.lines)
        for line in lines:
            self.hang_up(line)

    def mend(self):
        self.is_cut = False

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.connect, args=(client,), daemon=True).start()

    def connect(self, client):
        try:
            service = socket.create_connection(("127.0.0.1", self.to_port))
        except OSError:
            client.close()
            return
        line = (client, service)
        with self.lock:
            self.lines.add(line)
        if self.is_cut:
            self.hang_up(line)
        threading.Thread(target=self.carry, args=(line, service, client, None), daemon=True).start()
        left = self.breaks_within and random.randrange(self.breaks_within)
        self.carry(line, client, service, left)

    def carry(self, line, source, target, left):
        try:
            while left is None or left > 0:
                piece = source.recv(PIECE_BYTES if left is None else min(PIECE_BYTES, left))
                time.sleep(self.delay_s)
                if not piece:
                    return self.hang_up(line, counted=False)
                target.sendall(piece)
                left = left and left - len(piece)
        except OSError:
            return self.hang_up(line, counted=False)
        self.hang_up(line)

    def hang_up(self, line, counted=True):
        """Both ends, whoever is first; one that is cut is counted."""
        with self.lock:
            if line not in self.lines:
                return
            self.lines.remove(line)
            self.cuts += counted
        for end in line:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
