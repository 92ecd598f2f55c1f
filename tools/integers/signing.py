"""Every key of the road, and notes that are signed again after a change: what only a keyholder who lies can make."""
import base64
import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from encoding import Bad, D, key_id, parse_note
from opening import hkdf


class Keys:
    def __init__(self, road):
        self.notes, self.cosigners = {}, {}
        for file in [*sorted((road / "org").glob("*.pub")), road / "job" / "key.pub"]:
            private = file.with_suffix("")
            if not private.exists():
                continue
            seed = base64.b64decode(json.loads(private.read_text())["seed"])
            key = self.add(hkdf(seed, D("org-note")))
            if json.loads(file.read_text())["role"] == "ledger":
                self.ledger = key
            if "cosigner" in json.loads(file.read_text()):
                cosigner = Ed25519PrivateKey.from_private_bytes(hkdf(seed, D("org-cosigner")))
                self.cosigners[cosigner.public_key().public_bytes_raw().hex()] = cosigner

    def add(self, seed):
        key = Ed25519PrivateKey.from_private_bytes(seed)
        self.notes[key.public_key().public_bytes_raw().hex()] = key
        return key

    def line(self, name, kind, key, text, time=None):
        public = key.public_key().public_bytes_raw()
        if kind == 4:
            # A time of 2^64 can be signed, too; its field then holds what fits.
            stamp = (time % (1 << 64)).to_bytes(8, "big")
            signed = stamp + key.sign(f"cosignature/v1\ntime {time}\n".encode() + text)
        else:
            signed = key.sign(text)
        blob = key_id(name, kind, public) + signed
        return f"\u2014 {name} {base64.b64encode(blob).decode()}\n".encode()

    def sign(self, text, names):
        lines = [self.line(name, 1, self.notes[name], text) for name in names if name in self.notes]
        return text + b"\n" + b"".join(lines)

    def checkpoint(self, origin, size, root, time):
        text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()
        return self.head(origin, text, time)

    def head(self, origin, text, time):
        lines = [self.line(origin, 1, self.ledger, text)]
        lines += [self.line(name, 4, key, text, time) for name, key in self.cosigners.items()]
        return text + b"\n" + b"".join(lines)

    def again(self, note, origin):
        """The same signers' signatures over a changed text; nil where one of the keys is not here."""
        text, _, lines = note.rpartition(b"\n\n")
        names = [line.split(b" ")[1].decode() for line in lines.split(b"\n") if line.startswith("\u2014 ".encode())]
        if origin in names:
            return self.head(origin, text + b"\n", 1 << 31)
        if not names or not all(name in self.notes for name in names):
            return None
        return self.sign(text + b"\n", names)


def is_note(data):
    try:
        parse_note(data)
        return True
    except (Bad, ValueError, IndexError):
        return False
