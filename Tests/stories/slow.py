"""What stands between a client and a server, or in a server's place, and is slow.

slow.py PORT throttle RATE TARGETPORT   a link: passes everything on, and at most RATE bytes a second to all clients
slow.py PORT drip PART                  a server that sends a byte a second, from PART on: `head`, `body`, or `chunks`
"""
import socket
import sys
import threading
import time


def serve(port, answer):
    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=quietly, args=(answer, client), daemon=True).start()


def quietly(answer, client):
    try:
        answer(client)
    except OSError:
        pass
    finally:
        client.close()


class Link:
    """Bytes a second that all connections share."""

    def __init__(self, rate):
        self.rate, self.free, self.lock = rate, time.monotonic(), threading.Lock()

    def wait(self, count):
        with self.lock:
            self.free = max(self.free, time.monotonic()) + count / self.rate
            until = self.free
        time.sleep(max(0, until - time.monotonic()))


def throttle(rate, target):
    link = Link(rate)

    def answer(client):
        with socket.create_connection(("127.0.0.1", target)) as server:
            threading.Thread(target=quietly, args=(lambda c: up(c, server), client.dup()), daemon=True).start()
            # The link's own buffer holds the reply, so the server does not wait for the client.
            waiting, more = bytearray(), threading.Condition()
            threading.Thread(target=fill, args=(server, waiting, more), daemon=True).start()
            while True:
                with more:
                    more.wait_for(lambda: waiting)
                    part = bytes(waiting[:4096])
                    del waiting[:4096]
                if part == b"":
                    return
                link.wait(len(part))
                client.sendall(part)

    def up(client, server):
        while part := client.recv(65536):
            server.sendall(part)
        server.shutdown(socket.SHUT_WR)

    return answer


def fill(server, waiting, more):
    while True:
        try:
            part = server.recv(65536)
        except OSError:
            part = b""
        with more:
            waiting.extend(part)
            more.notify()
        if not part:
            return


def drip(part):
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
    head += b"transfer-encoding: chunked\r\n\r\n" if part == "chunks" else b"content-length: 60000\r\n\r\n"

    def answer(client):
        client.recv(65536)
        if part != "head":
            client.sendall(head)
        for byte in head * 100 if part == "head" else b"x" * 60000:
            client.sendall(b"1\r\nx\r\n" if part == "chunks" else bytes([byte]))
            time.sleep(1)

    return answer


def main(port, mode, value, target=None):
    serve(int(port), throttle(int(value), int(target)) if mode == "throttle" else drip(value))


if __name__ == "__main__":
    main(*sys.argv[1:])
