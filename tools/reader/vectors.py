"""Checks the files of known answers in Tests/Vectors; bytes stand there as hex."""
import json
import pathlib
import nacl.pwhash.argon2id
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import opening as o
import rules
from encoding import D, Bad, Reader, need, parse_json, sha256, u

class Case(dict):
    def __getattr__(self, name):
        return unhexed(self[name])

def unhexed(value):
    return [unhexed(item) for item in value] if isinstance(value, list) else bytes.fromhex(value)

def same(found, wanted, what):
    need(found == wanted, f"{what} differs")

def records(found, case):
    wanted = [(r["time"], parse_json(r["object"].encode()), unhexed(r["tiles"]) if "tiles" in r else None)
              for r in case["records"]]
    same(found, wanted, "records")

def argon2id_libsodium(c):
    key = nacl.pwhash.argon2id.kdf(len(c.output), c.passphrase, c.salt, opslimit=c["passes"], memlimit=c["memory"])
    same(key, c.output, "output")

def chunked_encryption(c):
    same(o.open_chunks(c.key, c.context, c.file), c.plaintext, "plaintext")
    same(c.file[:24], c.salt, "salt")

def hpke_swift(c):
    private, public = o.x_wing(c.seed)
    same(public.hex(), c.get("publicKey", public.hex()), "publicKey")
    same(o.open_box(c.box, private, c.info), c.plaintext, "plaintext")

def identity(c):
    same(o.open_identity(c.file, c.passphrase), c.seed, "seed")
    same(o.hkdf(c.seed, D("identity-sealing")), c.sealingSeed, "sealingSeed")
    same(o.x_wing(c.sealingSeed)[1], c.sealingPublicKey, "sealingPublicKey")
    same(o.hkdf(c.seed, D("identity-index")), c.indexKey, "indexKey")
    same(o.hkdf(c.seed, D("identity-consents")), c.consentRoot, "consentRoot")
    seeds = [o.hkdf(c.seed, D("pseudonym") + u(i, 4)) for i in (0, 1, 2, 256)]
    keys = [Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw() for seed in seeds]
    same(keys, c.pseudonyms, "pseudonyms")

def recovery_sheet(c):
    same(o.recover(c["groups"]), c.seed, "seed")

def segment(c):
    label, found = o.open_segment(c.header, c.body, c.label, c.seed)
    records(found, c)
    same(sha256(c.label), c.id, "id")
    same(label, {n: c[n] for n in "kind app device from until".split()} | {"count": len(found)}, "label")

def journal(c):
    kind, app, device, opened, found = o.open_journal(c.file, c.seed)
    same((kind, app, device, opened), (c["kind"], c["app"], c.device, c["opened"]), "frame 0")
    records(found, c)

def prf(c):
    same(o.consent_root(c.consentRoot, c.pseudonym), c.root, "root")
    names = [(g["name"], o.masks(g["threshold"], g["count"])) for g in c["groups"]]
    same([masks for _, masks in names], c["masks"], "masks")
    keys = [[o.sub_key(c.root, c.roster, name, mask) for mask in masks] for name, masks in names]
    same(keys, c.subKeys, "subKeys")
    same([o.commitment(c.pseudonym, name, mask, key) for (name, masks), row in zip(names, keys)
          for mask, key in zip(masks, row)], c.commitments, "commitments")
    same(sha256(D("sub-keys"), *c.commitments), c.commitment, "commitment")
    same(o.page_x(c.consent, c.page, c["kind"], c["app"], c["day"]), c.x, "x")
    same([[o.mac(key, c.x) for key in row] for row in keys], c.partials, "partials")
    same(o.page_key(c.partials, c.consent, c.x), c.pageKey, "pageKey")

def deposit(c):
    private, public = o.x_wing(c.oneTimeSeed)
    info = D("deposit") + c["origin"].encode() + c.consent + public
    same(o.open_box(c.box, private, info), c.plaintext, "plaintext")
    names = [(g["name"], m) for g in c["groups"] for m in o.masks(g["threshold"], g["count"])]
    keys = {pair: o.sub_key(c.root, c.roster, *pair) for pair in names}
    commitments = [o.commitment(c.pseudonym, *pair, key) for pair, key in keys.items()]
    same(sha256(D("sub-keys"), *commitments), c.commitment, "commitment")
    own = [u(mask, 2) + key for (name, mask), key in keys.items() if name == c["group"] and not mask >> c["broker"] & 1]
    same(u(len(names), 2) + b"".join(commitments) + u(len(own), 2) + b"".join(own), c.plaintext, "plaintext")

def page(c):
    same(o.page_x(c.consent, c.page, c["kind"], c["app"], c["day"]), c.x, "x")
    found = o.open_page(c.file, c.key, c.x, c.pseudonym, c["kind"], c["app"], c["day"])
    names = "device from until count bodyHash contentKey object".split()
    same([tuple(v.hex() if isinstance(v, bytes) else v for v in item) for item in found],
         [tuple(item[n] for n in names) for item in c["items"]], "items")

def index(c):
    same(o.page_x(c.consent, bytes(16), "index", "", c["monday"]), c.x, "x")
    scope, lines = o.open_index(c.file, c.key, c.x, c.pseudonym, c.scopeCommitment, c["monday"])
    same(scope, parse_json(c["scope"].encode()), "scope")
    wanted = [(n.page, n["kind"], n["app"], n["day"], n.object) for n in map(Case, c["lines"])]
    same(lines, wanted, "lines")
    same([o.object_name(c.key, r) for r in range(3)], c.objectNames, "objectNames")

CHECKS = {f.__name__.replace("_", "-"): f for f in (
    argon2id_libsodium, chunked_encryption, hpke_swift, identity, recovery_sheet, segment, journal, prf, deposit,
    page, index)} | {"hpke-python": hpke_swift}

def vectors(args):
    """Every file must be known, and every case in it agree."""
    failed = 0
    for path in sorted(pathlib.Path(args.directory).glob("*.json")):
        try:
            content = json.loads(path.read_bytes())
            cases = content.get("cases", [content])
            need(path.stem in CHECKS, "no check for this file")
            for i, case in enumerate(cases):
                try:
                    CHECKS[path.stem](Case(case))
                except Bad as error:
                    raise Bad(f"case {i}: {error}") from None
            print(f"{path.name}: {len(cases)} agree")
        except (Bad, ValueError, KeyError, TypeError) as error:
            failed += 1
            print(f"{path.name}: {error}")
    return 65 if failed else 0
