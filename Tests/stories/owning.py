"""The owner of a consent, with her identity file and passphrase, who writes into the lake what Coffer never would.

owning.py name HOME CHARTER CONSENT MONDAY R           prints the name of an index in the lake
owning.py page HOME CHARTER CONSENT LAKE DAY APP WHAT  a page of screen records, and an index that lists it: `empty` has
                                                       400 records that change nothing, `black` 400 large black screens,
                                                       both over one of 40 million pixels. Prints page and body object
HOME holds `passphrase`; CONSENT is a file with her line of `coffer consents --json`. Days are YYYY-MM-DD.
It is written from the format pages; its primitives are the independent reader's.
"""
import datetime
import json
import os
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(root / "tools" / "reader"), str(root / "Tests" / "Vectors")]

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from check import consent_root, mac, masks, object_name, open_identity, sub_key
from encoding import D, encode_json, lp, parse_note, sha256, statement_hash, u
from opening import CHUNK, hkdf, page_key, page_x

SIDE = (16_384, 2_441)
EMPTY_FRAME = bytes.fromhex("28b52ffd2000010000")  # one zstd frame of no bytes


def day(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def monday(of):
    return of - (of + 3) % 7


def seal_chunks(key, context, content):
    salt = os.urandom(24)
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
    material = HKDFExpand(hashes.SHA512(), 76, info).derive(key)
    base, cipher = int.from_bytes(material[32:44], "big"), AESGCM(material[:32])
    # The last chunk is shorter than the others, if need be empty.
    chunks = [content[at : at + CHUNK] for at in range(0, len(content) + 1, CHUNK)]
    sealed = [cipher.encrypt(u(base ^ i, 12), chunk, b"") for i, chunk in enumerate(chunks)]
    return salt + material[44:] + b"".join(sealed)


def padded(content):
    length = max(len(content), CHUNK)
    e = length.bit_length() - 1
    unit = 1 << (e - e.bit_length())
    return content + bytes(-(-length // unit) * unit - len(content))


class Owner:
    def __init__(self, home, charter, consent):
        home = pathlib.Path(home)
        passphrase = (home / "passphrase").read_bytes().strip()
        (identity,) = [path for path in home.rglob("identity") if path.is_file()]
        seed = open_identity(identity.read_bytes(), passphrase)
        line = json.loads(pathlib.Path(consent).read_text())
        pseudonym, self.consent = bytes.fromhex(line["pseudonym"]), bytes.fromhex(line["consent"])
        for number in range(256):
            self.key = Ed25519PrivateKey.from_private_bytes(hkdf(seed, D("pseudonym") + u(number, 4)))
            if self.key.public_key().public_bytes_raw() == pseudonym:
                break
        else:
            sys.exit("owning.py: that consent is another person's")
        text, _ = parse_note(pathlib.Path(charter).read_bytes())
        self.roster, self.root = statement_hash(text), consent_root(hkdf(seed, D("identity-consents")), pseudonym)
        terms = json.loads(text.split(b"\n", 1)[1])
        self.groups = [(g["name"], masks(g["threshold"], len(g["brokers"]))) for g in terms["groups"]]
        self.scope = {name: line["scope"][name] for name in ("kinds", "apps", "from", "until")}

    def page_key(self, x):
        partials = [[mac(sub_key(self.root, self.roster, name, mask), x) for mask in all] for name, all in self.groups]
        return page_key(partials, self.consent, x)

    def week(self, of):
        x = page_x(self.consent, bytes(16), "index", "", of)
        return x, self.page_key(x)

    def signed(self, content, x, key):
        signature = self.key.sign(sha256(D("page-body"), x, content))
        return seal_chunks(key, x, padded(content + signature))

    def index_name(self, of, r):
        return object_name(self.week(of)[1], r).hex()

    def index(self, lake, of, lines):
        """Writes the week's next index."""
        x, key = self.week(of)
        r = next(r for r in range(1000) if not (lake / object_name(key, r).hex()).exists())
        link = u(r, 4) + u(900, 2) + u(0, 4) + u(0, 4) + u(0, 4) + u(0, 1)
        text = encode_json(self.scope)
        salt = mac(self.root, D("scope-salt"))
        content = link + lp(text) + salt + u(len(lines), 4) + b"".join(lines)
        (lake / object_name(key, r).hex()).write_bytes(self.signed(content, x, key))

    def page(self, lake, of, app, records):
        """Writes a page of one screen segment, with its body. Returns the page's id and the body's name."""
        content_key, page = os.urandom(32), os.urandom(16)
        stream = b"".join(u(8 + len(text), 4) + u(time, 8) + text + u(len(tiles), 4) + tiles for time, text, tiles in records)
        body = seal_chunks(content_key, D("segment"), padded(u(len(stream), 4) + stream))
        x = page_x(self.consent, page, "screen", app, of)
        key = self.page_key(x)
        entry = lp("screen") + lp(app) + u(900, 2) + u(records[0][0], 8) + u(records[-1][0], 8) + u(len(records), 4)
        entry += sha256(body)
        body_name, name = sha256(D("body-name"), key, sha256(body)), os.urandom(32)
        content = u(1, 4) + u(len(entry), 2) + entry + content_key + body_name
        (lake / body_name.hex()).write_bytes(body)
        (lake / name.hex()).write_bytes(self.signed(content, x, key))
        self.index(lake, monday(of), [page + lp("screen") + lp(app) + u(of, 4) + name])
        return page.hex(), body_name.hex()


def screens(of, what):
    start = of * 86_400_000 + 43_200_000
    for i in range(401):
        is_key = i == 0 or what == "black"
        value = {"w": SIDE[0], "h": SIDE[1], "key": is_key, "tiles": []}
        yield start + 10 * i, encode_json(value).encode(), EMPTY_FRAME


def main(command, home, charter, consent, *rest):
    owner = Owner(home, charter, consent)
    if command == "name":
        print(owner.index_name(day(rest[0]), int(rest[1])))
    else:
        lake, of, app, what = pathlib.Path(rest[0]), day(rest[1]), rest[2], rest[3]
        print(*owner.page(lake, of, app, list(screens(of, what))))


if __name__ == "__main__":
    main(*sys.argv[1:])
