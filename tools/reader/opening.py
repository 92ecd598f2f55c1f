"""Opens boxes, chunks, segments and pages. Formats.md, Segment.md, Page.md, ConsentKeys.md."""
import functools
import hashlib
import hmac
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from encoding import D, Reader, attempt, lp, need, parse_json, sha256, u, verifies

CHUNK, DAY = 16_384, 86_400_000
SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
KINDS = ["keys", "pointer", "prompt", "screen", "terminal", "window"]

def hkdf(key, info, size=32): return HKDF(hashes.SHA256(), size, b"", info).derive(key)

def decrypt(key, nonce, sealed, aad=b""): return attempt("not authentic", AESGCM(key).decrypt, nonce, sealed, aad)
def open_box(box, private, info): return attempt("not authentic", SUITE.decrypt, box, private, info)

def open_chunks(key, context, file):
    """Chunked encryption, Cobblestone-256."""
    salt, commitment, body = file[:24], file[24:56], file[56:]
    need(len(body) % (CHUNK + 16) >= 16, "the file is cut short or too long")
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
    material = HKDFExpand(hashes.SHA512(), 76, info).derive(key)
    need(hmac.compare_digest(material[44:], commitment), "not authentic")
    base, chunks = int.from_bytes(material[32:44], "big"), range(0, len(body), CHUNK + 16)
    return b"".join(decrypt(material[:32], u(base ^ i, 12), body[at : at + CHUNK + 16]) for i, at in enumerate(chunks))

def padding(reader, least=CHUNK):
    """Checks that the rest is zeros, up to Padmé of all before, at least 16 KiB."""
    length = max(reader.at, least)
    e = length.bit_length() - 1
    unit = 1 << (e - e.bit_length())
    need(len(reader.data) == -(-length // unit) * unit and not any(reader.rest()), "the padding is wrong")

def x_wing(seed):
    """(private key, the 1,216 bytes of the public one)"""
    material = hashlib.shake_256(seed).digest(96)
    kem, curve = MLKEM768PrivateKey.from_seed_bytes(material[:64]), X25519PrivateKey.from_private_bytes(material[64:])
    public = kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return hpke.MLKEM768X25519PrivateKey(kem, curve), public

def parse_records(data, kind):
    records, reader = [], Reader(data)
    while reader.more():
        inner = Reader(reader.take(reader.u(4)))
        time, value = inner.u(8), parse_json(inner.rest())
        need(isinstance(value, dict), "a record is no object")
        records.append((time, value, reader.take(reader.u(4)) if kind == "screen" else None))
    return records

def open_body(body, key, kind):
    reader = Reader(open_chunks(key, D("segment"), body))
    records = reader.take(reader.u(4))
    need(len(records) <= 8 << 20, "the records are too long")
    padding(reader)
    return parse_records(records, kind)

def open_segment(header, body, label, seed):
    private, public = x_wing(hkdf(seed, D("identity-sealing")))
    key = open_box(header, private, D("segment") + public)
    reader = Reader(open_chunks(key, D("label"), label))
    kind, app, device = reader.text(), reader.text(), reader.take(32)
    start, until, count, digest, _ = reader.u(8), reader.u(8), reader.u(4), reader.take(32), reader.take(16)
    signed = D("label") + reader.data[: reader.at]
    need(verifies(device, reader.take(64), signed), "the label's signature does not verify")
    need(len(reader.data) == 1024 and not any(reader.rest()), "the label's padding is wrong")
    need(kind in KINDS and sha256(body) == digest, "the body is not the label's")
    records = open_body(body, key, kind)
    times = [time for time, _, _ in records]
    need((len(times), min(times, default=0), max(times, default=0)) == (count, start, until), "the label is wrong")
    need(count and until - start <= 3_600_000 and start // DAY == until // DAY, "the segment is empty or too long")
    return {"kind": kind, "app": app, "device": device, "from": start, "until": until, "count": count}, records

def page_x(consent, page, kind, app, day): return sha256(D("page"), consent, page, lp(kind), lp(app), u(day, 4))

def page_key(groups, consent, x):
    """F_c(x) from every partial of every group."""
    sums = [functools.reduce(lambda a, b: bytes(map(int.__xor__, a, b)), partials) for partials in groups]
    return hkdf(b"".join(sums), D("F") + consent + x)

def signed_part(reader, x, pseudonym):
    """Checks the signature that ends a page or an index, and its padding."""
    signed = sha256(D("page-body"), x, reader.data[: reader.at])
    need(verifies(pseudonym, reader.take(64), signed), "the page's signature does not verify")
    padding(reader)

def open_page(file, key, x, pseudonym, kind, app, day):
    reader = Reader(open_chunks(key, x, file))
    items, count = [], reader.u(4)
    need(1 <= count <= 4096, "the page has no items, or too many")
    for _ in range(count):
        entry, content, name = Reader(reader.lp()), reader.take(32), reader.take(32)
        need((entry.text(), entry.text()) == (kind, app), "an entry is of another kind or app")
        device, start, until, records, digest = entry.u(2), entry.u(8), entry.u(8), entry.u(4), entry.take(32)
        entry.end()
        need(start // DAY == until // DAY == day and 0 <= until - start <= 3_600_000, "an entry is of another day")
        need(not items or (items[-1][1], items[-1][4]) < (start, digest), "entries are out of order")
        items.append((device, start, until, records, digest, content, name))
    signed_part(reader, x, pseudonym)
    return items
