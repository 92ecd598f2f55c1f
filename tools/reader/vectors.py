"""Checks the files of known answers in Tests/Vectors. A check yields members and what this reader makes of them."""
import json
import pathlib
import nacl.pwhash.argon2id
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import opening as o
from encoding import Bad, D, encode_json, need, sha256, u

class Case(dict):
    """A member as an attribute: its bytes."""
    def __getattr__(self, name): return unhexed(self[name])

def unhexed(value): return [unhexed(v) for v in value] if isinstance(value, list) else bytes.fromhex(value)

def hexed(value):
    if isinstance(value, dict):
        return {k: hexed(v) for k, v in value.items()}
    return value.hex() if isinstance(value, bytes) else [hexed(v) for v in value] if isinstance(value, list) else value

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

def identity(c):
    yield "seed", o.open_identity(c.file, c.passphrase)
    yield "sealingSeed", o.hkdf(c.seed, D("identity-sealing"))
    yield "sealingPublicKey", o.x_wing(c.sealingSeed)[1]
    yield "indexKey", o.hkdf(c.seed, D("identity-index"))
    yield "consentRoot", o.hkdf(c.seed, D("identity-consents"))
    seeds = [o.hkdf(c.seed, D("pseudonym") + u(i, 4)) for i in (0, 1, 2, 256)]
    yield "pseudonyms", [Ed25519PrivateKey.from_private_bytes(s).public_key().public_bytes_raw() for s in seeds]

def recovery_sheet(c):
    yield "seed", o.recover(c["groups"])

def segment(c):
    label, found = o.open_segment(c.header, c.body, c.label, c.seed)
    yield "id", sha256(c.label)
    yield from (pair for pair in label.items() if pair[0] != "count")
    yield records(found)

def journal(c):
    *head, found = o.open_journal(c.file, c.seed)
    yield from zip(("kind", "app", "device", "opened"), head)
    yield records(found)

def shapes(c): return [(g["name"], o.masks(g["threshold"], g["count"])) for g in c["groups"]]

def sub_keys(c): return {(g, m): o.sub_key(c.root, c.roster, g, m) for g, masks in shapes(c) for m in masks}

def prf(c):
    keys = sub_keys(c)
    commitments = [o.commitment(c.pseudonym, *place, key) for place, key in keys.items()]
    yield "root", o.consent_root(c.consentRoot, c.pseudonym)
    yield "masks", [masks for _, masks in shapes(c)]
    yield "subKeys", [[keys[name, mask] for mask in masks] for name, masks in shapes(c)]
    yield "commitments", commitments
    yield "commitment", sha256(D("sub-keys"), *commitments)
    yield "x", o.page_x(c.consent, c.page, c["kind"], c["app"], c["day"])
    yield "partials", [[o.mac(key, c.x) for key in row] for row in c.subKeys]
    yield "pageKey", o.page_key(c.partials, c.consent, c.x)

def deposit(c):
    keys, (private, public) = sub_keys(c), o.x_wing(c.oneTimeSeed)
    commitments = [o.commitment(c.pseudonym, *place, key) for place, key in keys.items()]
    own = [u(m, 2) + key for (g, m), key in keys.items() if g == c["group"] and not m >> c["broker"] & 1]
    yield "commitment", sha256(D("sub-keys"), *commitments)
    yield "plaintext", u(len(keys), 2) + b"".join(commitments) + u(len(own), 2) + b"".join(own)
    yield "plaintext", o.open_box(c.box, private, D("deposit") + c["origin"].encode() + c.consent + public)

def page(c):
    place = c["kind"], c["app"], c["day"]
    yield "x", o.page_x(c.consent, c.page, *place)
    rows = named("device from until count bodyHash contentKey object", o.open_page(c.file, c.key, c.x, c.pseudonym, *place))
    yield "items", [row | {"kind": c["kind"], "app": c["app"]} for row in rows]

def index(c):
    yield "x", o.page_x(c.consent, bytes(16), "index", "", c["monday"])
    scope, lines = o.open_index(c.file, c.key, c.x, c.pseudonym, c.scopeCommitment, c["monday"])
    yield "scope", encode_json(scope)
    yield "lines", named("page kind app day object", lines)
    yield "objectNames", [o.object_name(c.key, r) for r in range(3)]

def vectors(args):
    """Every file must be known, and every case in it agree."""
    failed = 0
    for path in sorted(pathlib.Path(args.directory).glob("*.json")):
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
    return 65 if failed else 0
