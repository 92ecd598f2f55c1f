"""A witness that its operator has changed.

bad_witness.py PORT future KEY        cosigns whatever it is sent, at the last time that a cosignature can have
bad_witness.py PORT lines TARGETPORT  an honest witness behind it, and lines of keys that nobody knows before its own
"""
import base64
import http.server
import json
import os
import pathlib
import sys
import urllib.error
import urllib.request

from asking import b64
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from encoding import D, key_id
from opening import hkdf


class Witness:
    """Checks nothing, and its clock has arrived."""

    def __init__(self, key_file):
        seed = base64.b64decode(json.loads(pathlib.Path(key_file).read_text())["seed"])
        self.key = Ed25519PrivateKey.from_private_bytes(hkdf(seed, D("org-cosigner")))
        self.public = self.key.public_key().public_bytes_raw()
        self.newest = None

    def add(self, body):
        note = body[body.index(b"\n\n") + 2 :]
        text = note[: note.index(b"\n\n") + 1]
        seconds = (1 << 63) - 1
        signed = self.key.sign(f"cosignature/v1\ntime {seconds}\n".encode() + text)
        blob = key_id(self.public.hex(), 4, self.public) + seconds.to_bytes(8, "big") + signed
        line = f"\u2014 {self.public.hex()} {b64(blob)}\n".encode()
        self.newest = note + line
        return 200, line

    def get(self, _):
        return (200, self.newest) if self.newest else (404, b"")


class Stranger:
    """Passes everything on, and adds lines to what comes back."""

    def __init__(self, target):
        self.target = target
        self.strange = b"".join(
            f"\u2014 {name} {b64(os.urandom(4) + time + os.urandom(64))}\n".encode()
            for name, time in [("stranger", b"\xff" * 8), ("0" * 64, b"\x7f" + b"\xff" * 7), ("coffer.example/demo", b"")])

    def pass_on(self, path, body=None):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.target}{path}", data=body, timeout=20) as reply:
                return 200, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def add(self, body):
        status, reply = self.pass_on("/add-checkpoint", body)
        return status, self.strange + reply if status == 200 else reply

    def get(self, path):
        status, reply = self.pass_on(path)
        if status != 200:
            return status, reply
        text, _, lines = reply.partition(b"\n\n")
        return 200, text + b"\n\n" + self.strange + lines


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, answer):
        self.send_response(answer[0])
        self.send_header("content-length", str(len(answer[1])))
        self.end_headers()
        self.wfile.write(answer[1])

    def do_GET(self):
        self.reply(witness.get(self.path))

    def do_POST(self):
        self.reply(witness.add(self.rfile.read(int(self.headers["content-length"]))))

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True


if __name__ == "__main__":
    port, mode, value = sys.argv[1:]
    witness = Witness(value) if mode == "future" else Stranger(value)
    Server(("127.0.0.1", int(port)), Handler).serve_forever()
