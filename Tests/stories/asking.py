"""A job that ignores the rules: appends a release of any ids and asks brokers for any position.

asking.py release CHARTER JOBKEY GRANT CONSENT ID…          prints {"release","status","verdict","rule"}; keeps the
                                                            recipient's seed in the file named by --state
asking.py ask CHARTER JOBKEY RELEASE BROKER AT KIND APP DAY prints {"status","rule"} or {"status","partials":[hex…]}

It is written from the format pages; its primitives are the independent reader's.
"""
import base64
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request
from hashlib import sha256

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "reader"))

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from encoding import D, encode_json, key_id, parse_note, statement_hash
from opening import SUITE, hkdf, open_box, x_wing


def b64(value):
    return base64.b64encode(value).decode()


def post(url, body):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method="POST"), timeout=20) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class Job:
    def __init__(self, charter, key_file):
        text, _ = parse_note(pathlib.Path(charter).read_bytes())
        self.charter = json.loads(text.split(b"\n", 1)[1])
        self.origin = self.charter["origin"]
        seed = base64.b64decode(json.loads(pathlib.Path(key_file).read_text())["seed"])
        self.key = Ed25519PrivateKey.from_private_bytes(hkdf(seed, D("org-note")))
        self.public = self.key.public_key().public_bytes_raw()

    def note(self, kind, members):
        text = f"coffer/v1/{kind}\n{encode_json(members)}\n".encode()
        line = b64(key_id(self.public.hex(), 1, self.public) + self.key.sign(text))
        return text + f"\n\u2014 {self.public.hex()} {line}\n".encode()

    def release(self, grant, consent, *ids):
        seed = os.urandom(32)
        until = int(time.time() * 1000) + 600_000
        listed = b64(b"".join(sorted(bytes.fromhex(i) for i in ids)))
        members = dict(origin=self.origin, id=b64(os.urandom(16)), until=until, grant=grant)
        members["recipient"] = sha256(D("recipient") + x_wing(seed)[1]).hexdigest()
        note = self.note("release", members | {"consents": [{"consent": consent, "ids": listed}]})
        status, body = post(self.charter["ledger"]["url"] + "/append", note)
        name = statement_hash(parse_note(note)[0]).hex()
        pathlib.Path(f"{name}.recipient").write_bytes(seed)
        reply = json.loads(body)
        return {"release": name, "status": status} | {k: reply[k] for k in ("verdict", "rule") if k in reply}

    def ask(self, release, broker, at, kind, app, day):
        found = next(b for g in self.charter["groups"] for b in g["brokers"] if b["name"] == broker)
        key = base64.b64decode(found["sealing"])
        public = hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(key[:1184]), X25519PublicKey.from_public_bytes(key[1184:]))
        private, recipient = x_wing(pathlib.Path(f"{release}.recipient").read_bytes())
        position = {"kind": kind, "app": app, "day": int(day), "at": [int(at)]}
        members = {"origin": self.origin, "release": release, "recipient": b64(recipient), "positions": [position]}
        note = self.note("ask", members)
        named = bytes.fromhex(release)
        box = SUITE.encrypt(note, public, D("ask") + self.origin.encode() + named + key)
        status, body = post(found["url"] + "/ask", named + box)
        if status != 200:
            return {"status": status} | {k: v for k, v in json.loads(body).items() if k in ("rule", "position")}
        answer = open_box(body, private, D("answer") + self.origin.encode() + named + recipient)
        partials = answer[4 + int.from_bytes(answer[:4], "big") :]
        return {"status": 200, "partials": [partials[i : i + 32].hex() for i in range(0, len(partials), 32)]}


if __name__ == "__main__":
    command, charter, key_file, *rest = sys.argv[1:]
    print(json.dumps(getattr(Job(charter, key_file), command)(*rest)))
