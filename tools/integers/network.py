"""Servers of this process: the files of a log that lies, and what stands before an honest server and changes replies."""
import http.server
import threading
import urllib.error
import urllib.request


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body, length=None):
        self.send_response(status)
        self.send_header("content-length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, *_):
        pass

    def begin(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


def files(served, port=0):
    """GET gives these files by their paths; POST is refused."""

    class Handler(Quiet):
        def do_GET(self):
            body = served.get(self.path.lstrip("/"))
            self.reply(200 if body is not None else 404, body or b"")

        def do_POST(self):
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.reply(503, b"")

    return Server(("127.0.0.1", port), Handler).begin()


class Between:
    """Passes requests on to a server, and replies back, changed by `change(status, body) -> (status, body, length)`."""

    def __init__(self, name, port, target):
        self.name, self.target, self.change = name, target, None
        self.seen = {}
        between = self

        class Handler(Quiet):
            def pass_on(self, body=None):
                try:
                    with urllib.request.urlopen(between.target + self.path, data=body, timeout=30) as reply:
                        status, answer = 200, reply.read()
                except urllib.error.HTTPError as error:
                    status, answer = error.code, error.read()
                except OSError:
                    return self.close_connection
                path = self.path if self.path.count("/") == 1 else self.path.rpartition("/")[0] + "/…"
                between.seen.setdefault((self.command, path), answer)
                length = None
                if between.change:
                    status, answer, length = between.change(self.command, path, status, answer)
                self.reply(status, answer, length)

            def do_GET(self):
                self.pass_on()

            def do_POST(self):
                self.pass_on(self.rfile.read(int(self.headers.get("content-length", 0))))

        self.server = Server(("127.0.0.1", port), Handler).begin()
