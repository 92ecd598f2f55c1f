"""Answers in the ledger's place, with no key of anyone's: what an attacker on the way, or a proxy, can do.

impostor.py PORT MODE MIRROR    GET gives the files of a mirror of the log, POST what MODE says:
    duplicate   "accepted", with `duplicate`, an index, a real checkpoint and no proof
    accepted    the same without `duplicate`
    refused     403 with a rule and an entry
    junk        200 "junk" to everything, GET too

It writes one line to stdout for each POST.
"""
import http.server
import json
import pathlib
import sys

port, mode, mirror = int(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])


def append():
    if mode == "refused":
        return 403, {"schema": "coffer.error.v1", "code": 77, "rule": "revoked", "entry": 1, "message": "no"}
    answer = {"schema": "coffer.append.v1", "index": 0, "time": 0, "verdict": "accepted"}
    if mode == "duplicate":
        answer["duplicate"] = True
    return 200, answer | {"size": 1, "checkpoint": (mirror / "checkpoint").read_text(), "proof": []}


class Impostor(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if mode == "junk":
            return self.reply(200, b"junk")
        file = mirror / self.path.lstrip("/")
        self.reply(200, file.read_bytes()) if file.is_file() else self.reply(404, b"")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        print(self.path, flush=True)
        if mode == "junk":
            return self.reply(200, b"junk")
        status, answer = append()
        self.reply(status, json.dumps(answer).encode())

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True


Server(("127.0.0.1", port), Impostor).serve_forever()
