"""What a key opens: boxes, chunks, identities, segments, journals, pages, indices; and consent keys."""
import hashlib
import hmac
import nacl.pwhash.argon2id
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from encoding import Bad, D, Reader, lp, members, need, parse_json, sha256, u, verifies

CHUNK = 16_384
DAY = 86_400_000
SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
KINDS = ["keys", "pointer", "prompt", "screen", "terminal", "window"]

def hkdf(key, info, size=32): return HKDF(hashes.SHA256(), size, b"", info).derive(key)
def mac(key, *parts): return hmac.digest(key, b"".join(parts), "sha256")

def decrypt(key, nonce, sealed, aad=b""):
    try:
        return AESGCM(key).decrypt(nonce, sealed, aad)
    except InvalidTag:
        raise Bad("not authentic") from None

def open_chunks(key, context, file):
    """Chunked encryption, Cobblestone-256."""
    salt, commitment, body = file[:24], file[24:56], file[56:]
    need(len(body) % (CHUNK + 16) >= 16, "the file is cut short or too long")
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
    material = HKDFExpand(hashes.SHA512(), 76, info).derive(key)
    need(hmac.compare_digest(material[44:], commitment), "not authentic")
    base = int.from_bytes(material[32:44], "big")
    plain = b""
    for i, at in enumerate(range(0, len(body), CHUNK + 16)):
        plain += decrypt(material[:32], u(base ^ i, 12), body[at : at + CHUNK + 16])
    return plain

def padme(length, least=CHUNK):
    length = max(length, least)
    e = length.bit_length() - 1
    unit = 1 << (e - e.bit_length())
    return -(-length // unit) * unit

def x_wing(seed):
    """(private key, the 1,216 bytes of the public one)"""
    material = hashlib.shake_256(seed).digest(96)
    kem, curve = MLKEM768PrivateKey.from_seed_bytes(material[:64]), X25519PrivateKey.from_private_bytes(material[64:])
    public = kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return hpke.MLKEM768X25519PrivateKey(kem, curve), public

def open_box(box, private, info):
    try:
        return SUITE.decrypt(box, private, info)
    except (InvalidTag, ValueError):
        raise Bad("not authentic") from None

def open_identity(file, passphrase):
    head = len(D("identity"))
    need(len(file) == head + 76 and file.startswith(D("identity")), "not an identity file of version 1")
    salt, nonce = file[head : head + 16], file[head + 16 : head + 28]
    key = nacl.pwhash.argon2id.kdf(32, passphrase, salt, opslimit=3, memlimit=128 << 20)
    return decrypt(key, nonce, file[head + 28 :], D("identity") + salt)

def recover(groups):
    """The seed of a recovery sheet."""
    need(len(groups) == 18, "the sheet has not 18 groups")
    bits = 0
    for number, group in enumerate(groups, 1):
        values, check = [CROCKFORD.find(c) for c in group], number
        need(len(values) == 4 and min(values) >= 0, f"group {number} is mistyped")
        check ^= values[0] << 1 ^ values[1] << 2 ^ values[2] << 3
        for bit in (7, 6, 5):
            check ^= (0b100101 << bit - 5) * (check >> bit & 1)
        need(check == values[3], f"group {number} is mistyped")
        bits = bits << 15 | values[0] << 10 | values[1] << 5 | values[2]
    need(not bits & 0x3FFF, "group 18 is mistyped")
    return u(bits >> 14, 32)

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
    need(len(records) <= 8 << 20, "the body's length is wrong")
    padding(reader)
    return parse_records(records, kind)

def open_segment(header, body, label, seed):
    private, public = x_wing(hkdf(seed, D("identity-sealing")))
    key = open_box(header, private, D("segment") + public)
    reader = Reader(open_chunks(key, D("label"), label))
    need(len(reader.data) == 1024, "the label's length is wrong")
    kind, app, device = reader.text(), reader.text(), reader.take(32)
    start, until, count, digest, _ = reader.u(8), reader.u(8), reader.u(4), reader.take(32), reader.take(16)
    signed = D("label") + reader.data[: reader.at]
    need(verifies(device, reader.take(64), signed), "the label's signature does not verify")
    need(not any(reader.rest()), "padding is not zero")
    need(kind in KINDS and sha256(body) == digest, "the body is not the label's")
    records = open_body(body, key, kind)
    times = [time for time, _, _ in records]
    need((len(times), min(times, default=0), max(times, default=0)) == (count, start, until), "the label is wrong")
    need(count and until - start <= 3_600_000 and start // DAY == until // DAY, "the segment is empty or too long")
    return {"kind": kind, "app": app, "device": device, "from": start, "until": until, "count": count}, records

def open_journal(file, seed):
    """(kind, app, device, opened, records); a torn last frame is dropped."""
    private, public = x_wing(hkdf(seed, D("identity-sealing")))
    key, frames, number = open_box(file[:1168], private, D("journal") + public), [], 0
    reader = Reader(file[1168:])
    try:
        while reader.more():
            frames.append(decrypt(key, u(len(frames), 12), reader.take(reader.u(4))))
    except Bad:
        need(frames, "not authentic")
    head = Reader(frames[0])
    kind, app, device, opened = head.text(), head.text(), head.take(32), head.u(8)
    head.end()
    return kind, app, device, opened, parse_records(b"".join(frames[1:]), kind)

def masks(threshold, count): return [m for m in range(1 << count) if m.bit_count() == threshold - 1]
def consent_root(root, pseudonym): return mac(root, D("consent-root"), pseudonym)
def sub_key(root_c, roster, group, mask): return mac(root_c, D("sub-key"), roster, lp(group), u(mask, 2))

def commitment(pseudonym, group, mask, key):
    return sha256(D("sub-key-commitment"), pseudonym, lp(group), u(mask, 2), key)

def page_x(consent, page, kind, app, day): return sha256(D("page"), consent, page, lp(kind), lp(app), u(day, 4))

def page_key(groups, consent, x):
    """F_c(x) from every partial of every group."""
    joined = b""
    for partials in groups:
        total = 0
        for partial in partials:
            total ^= int.from_bytes(partial, "big")
        joined += u(total, 32)
    return hkdf(joined, D("F") + consent + x)

def padding(reader):
    need(len(reader.data) == padme(reader.at), "the padded length is wrong")
    need(not any(reader.rest()), "padding is not zero")

def signed_part(reader, x, pseudonym):
    """Checks the signature that ends a page or an index, and its padding."""
    digest = sha256(D("page-body"), x, reader.data[: reader.at])
    need(verifies(pseudonym, reader.take(64), digest), "the page's signature does not verify")
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

def scope_commitment(salt, scope): return sha256(D("scope"), salt, scope)

def open_index(file, key, x, pseudonym, commitment, monday):
    """(scope, [(page id, kind, app, day, object)])"""
    reader = Reader(open_chunks(key, x, file))
    text, salt = reader.lp(), reader.take(32)
    kinds, apps, first, last = members(scope := parse_json(text), "kinds apps from until")
    need(scope_commitment(salt, text) == commitment, "the scope is not the consent's")
    lines = [
        (reader.take(16), reader.text(), reader.text(), reader.u(4), reader.take(32)) for _ in range(reader.u(4))
    ]
    signed_part(reader, x, pseudonym)
    ids = [line[0] for line in lines]
    need(ids == sorted(set(ids)) and not any(i[:12] == bytes(12) for i in ids), "the index is out of order")
    need(all(monday <= day < monday + 7 for _, _, _, day, _ in lines), "a page lies outside the week")
    return scope, lines

def object_name(key, number): return sha256(D("index-name"), key, u(number, 4))
