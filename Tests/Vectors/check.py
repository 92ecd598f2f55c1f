"""Checks the files of known answers in this folder with the independent reader: `tools/reader/reader.py vectors`.

A check yields members of a case and what the reader, or a derivation here, makes of the others. Bytes stand as hex.
"""
import hmac
import json
import nacl.pwhash.argon2id
import opening as o
import sessions
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from encoding import Bad, D, Reader, encode_json, lp, members, need, parse_json, sha256, u
from rules import State

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

class Case(dict):
    """A member as an attribute: its bytes."""
    def __getattr__(self, name): return unhexed(self[name])

def unhexed(value): return [unhexed(v) for v in value] if isinstance(value, list) else bytes.fromhex(value)

def hexed(value):
    if isinstance(value, dict):
        return {k: hexed(v) for k, v in value.items()}
    return value.hex() if isinstance(value, bytes) else [hexed(v) for v in value] if isinstance(value, list) else value

def mac(key, *parts): return hmac.digest(key, b"".join(parts), "sha256")

def open_identity(file, passphrase):
    head = len(D("identity"))
    need(len(file) == head + 76 and file.startswith(D("identity")), "not an identity file of version 1")
    salt, nonce = file[head : head + 16], file[head + 16 : head + 28]
    key = nacl.pwhash.argon2id.kdf(32, passphrase, salt, opslimit=3, memlimit=128 << 20)
    return o.decrypt(key, nonce, file[head + 28 :], D("identity") + salt)

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

def open_journal(file, seed):
    """(kind, app, device, opened, records); a torn last frame is dropped. Older journals are not padded."""
    private, public = o.x_wing(o.hkdf(seed, D("identity-sealing")))
    key, frames = o.open_box(file[:1168], private, D("journal") + public), []
    reader = Reader(file[1168:])
    try:
        while reader.more():
            frames.append(o.decrypt(key, u(len(frames), 12), reader.take(reader.u(4))))
    except Bad:
        need(frames, "not authentic")
    head = Reader(frames[0])
    kind, app, device, opened = head.text(), head.text(), head.take(32), head.u(8)
    if len(frames[0]) == 128:
        need(not any(head.rest()), "frame 0 is padded with something")
        frames[1:] = map(unpadded, frames[1:])
    head.end()
    return kind, app, device, opened, o.parse_records(b"".join(frames[1:]), kind)

def unpadded(frame):
    reader = Reader(frame)
    records = reader.take(reader.u(4))
    o.padding(reader, 2048)
    return records

def masks(threshold, count): return [m for m in range(1 << count) if m.bit_count() == threshold - 1]

def consent_root(root, pseudonym): return mac(root, D("consent-root"), pseudonym)

def sub_key(root_c, roster, group, mask): return mac(root_c, D("sub-key"), roster, lp(group), u(mask, 2))

def committed(pseudonym, group, mask, key):
    return sha256(D("sub-key-commitment"), pseudonym, lp(group), u(mask, 2), key)

def open_index(file, key, x, pseudonym, commitment, monday, is_linked):
    """(link or None, scope, [(page id, kind, app, day, object)])"""
    reader = Reader(o.open_chunks(key, x, file))
    link = open_link(reader) if is_linked else None
    text, salt = reader.lp(), reader.take(32)
    kinds, apps, first, last = members(scope := parse_json(text), "kinds apps from until")
    need(sha256(D("scope"), salt, text) == commitment, "the scope is not the consent's")
    lines = [
        (reader.take(16), reader.text(), reader.text(), reader.u(4), reader.take(32)) for _ in range(reader.u(4))
    ]
    o.signed_part(reader, x, pseudonym)
    ids = [line[0] for line in lines]
    need(ids == sorted(set(ids)) and not any(i[:12] == bytes(12) for i in ids), "the index is out of order")
    need(all(monday <= day < monday + 7 for _, _, _, day, _ in lines), "a page lies outside the week")
    for _, kind, app, day, _ in lines:
        need(kind in kinds and app in apps and first <= day <= last, "a page lies outside the scope")
    return link, scope, lines

def open_link(reader):
    """{r, device, count, previous: {monday, r} or absent, closed}"""
    link = dict(zip(("r", "device", "count", "monday", "before", "closed"), map(reader.u, (4, 2, 4, 4, 4, 1))))
    monday, before = link.pop("monday"), link.pop("before")
    if link["count"]:
        need(monday and (monday + 3) % 7 == 0, "the index before it is of no week")
        link["previous"] = {"monday": monday, "r": before}
    else:
        need(not monday and not before, "the first index of a device has none before it")
    need(link["closed"] in (0, 1), "a week is closed or not")
    return link

def body_name(key, body_hash): return sha256(D("body-name"), key, body_hash)

def object_name(key, number): return sha256(D("index-name"), key, u(number, 4))

def named(names, rows): return [dict(zip(names.split(), row)) for row in rows]

def records(found):
    rows = [{"time": time, "object": encode_json(value)} | ({"tiles": t} if t else {}) for time, value, t in found]
    return "records", rows

def argon2id_libsodium(c):
    limits = {"opslimit": c["passes"], "memlimit": c["memory"]}
    yield "output", nacl.pwhash.argon2id.kdf(len(c.output), c.passphrase, c.salt, **limits)

def chunked_encryption(c):
    yield "plaintext", o.open_chunks(c.key, c.context, c.file)

def hpke_python(c):
    yield "plaintext", o.open_box(c.box, o.x_wing(c.seed)[0], c.info)

def hpke_swift(c):
    yield "publicKey", o.x_wing(c.seed)[1]
    yield from hpke_python(c)

def hpke_messages(c):
    context = sessions.Context(sessions.decapsulate(c.seed, c.encapsulated), c.info)
    yield "plaintexts", [context.open(message) for message in c.messages]

def session(c):
    read = sessions.Session(c["origin"], c.opening, c.reply, c.brokerSeed, c.recipientSeed, c.job, c.broker)
    yield "session", read.id
    yield "transcript", read.transcript
    steps = [(*read.exchange(step.message, step.answer), read.transcript) for step in map(Case, c["steps"])]
    found = named("text head partials transcript", steps)
    yield "steps", [dict(step) | new for step, new in zip(c["steps"], found)]

def identity(c):
    yield "seed", open_identity(c.file, c.passphrase)
    yield "sealingSeed", o.hkdf(c.seed, D("identity-sealing"))
    yield "sealingPublicKey", o.x_wing(c.sealingSeed)[1]
    yield "indexKey", o.hkdf(c.seed, D("identity-index"))
    yield "consentRoot", o.hkdf(c.seed, D("identity-consents"))
    seeds = [o.hkdf(c.seed, D("pseudonym") + u(i, 4)) for i in (0, 1, 2, 256)]
    yield "pseudonyms", [Ed25519PrivateKey.from_private_bytes(s).public_key().public_bytes_raw() for s in seeds]

def recovery_sheet(c):
    yield "seed", recover(c["groups"])

def segment(c):
    label, found = o.open_segment(c.header, c.body, c.label, c.seed)
    yield "id", sha256(c.label)
    yield from (pair for pair in label.items() if pair[0] != "count")
    yield records(found)

def journal(c):
    *head, found = open_journal(c.file, c.seed)
    yield from zip(("kind", "app", "device", "opened"), head)
    yield records(found)

journal_unpadded = journal

def shapes(c): return [(g["name"], masks(g["threshold"], g["count"])) for g in c["groups"]]

def sub_keys(c): return {(g, m): sub_key(c.root, c.roster, g, m) for g, masks in shapes(c) for m in masks}

def prf(c):
    keys = sub_keys(c)
    commitments = [committed(c.pseudonym, *place, key) for place, key in keys.items()]
    yield "root", consent_root(c.consentRoot, c.pseudonym)
    yield "masks", [masks for _, masks in shapes(c)]
    yield "subKeys", [[keys[name, mask] for mask in masks] for name, masks in shapes(c)]
    yield "commitments", commitments
    yield "commitment", sha256(D("sub-keys"), *commitments)
    yield "x", o.page_x(c.consent, c.page, c["kind"], c["app"], c["day"])
    yield "partials", [[mac(key, c.x) for key in row] for row in c.subKeys]
    yield "pageKey", o.page_key(c.partials, c.consent, c.x)

def deposit(c):
    keys, (private, public) = sub_keys(c), o.x_wing(c.oneTimeSeed)
    commitments = [committed(c.pseudonym, *place, key) for place, key in keys.items()]
    own = [u(m, 2) + key for (g, m), key in keys.items() if g == c["group"] and not m >> c["broker"] & 1]
    yield "commitment", sha256(D("sub-keys"), *commitments)
    yield "plaintext", u(len(keys), 2) + b"".join(commitments) + u(len(own), 2) + b"".join(own)
    yield "plaintext", o.open_box(c.box, private, D("deposit") + c["origin"].encode() + c.consent + public)

def page(c):
    place = c["kind"], c["app"], c["day"]
    yield "x", o.page_x(c.consent, c.page, *place)
    items = o.open_page(c.file, c.key, c.x, c.pseudonym, *place)
    rows = named("device from until count bodyHash contentKey object", items)
    yield "bodyNames", [body_name(c.key, row["bodyHash"]) for row in rows]
    yield "items", [row | {"kind": c["kind"], "app": c["app"]} for row in rows]

def index(c):
    yield "x", o.page_x(c.consent, bytes(16), "index", "", c["monday"])
    link = c.get("link")
    found, scope, lines = open_index(c.file, c.key, c.x, c.pseudonym, c.scopeCommitment, c["monday"], link is not None)
    need(found == link, "the link is another")
    yield "scope", encode_json(scope)
    yield "lines", named("page kind app day object", lines)
    yield "objectNames", [object_name(c.key, r) for r in range(3)]

def apply(c):
    state = State(c["origin"], c.charter)
    entries = [u(entry["stamp"], 8) + entry["note"].encode() for entry in c["entries"]]
    yield "verdicts", [state.apply(entry) or "accepted" for entry in entries]

apply_attempts = apply

def vectors(directory):
    """Checks that every file is known, and that every case in it agrees."""
    failed, cases = 0, []
    for path in sorted(directory.glob("*.json")):
        try:
            content, check = json.loads(path.read_bytes()), globals().get(path.stem.replace("-", "_"))
            need(check, "no check for this file")
            for number, case in enumerate(cases := content.get("cases", [content])):
                for name, found in check(Case(case)):
                    need(hexed(found) == case[name], f"case {number}: {name} differs")
            print(f"{path.name}: {len(cases)} agree")
        except (Bad, ValueError, KeyError, TypeError) as error:
            failed += 1
            print(f"{path.name}: {error}")
    need(cases or failed, "there is no file of known answers here")
    return 65 if failed else 0
