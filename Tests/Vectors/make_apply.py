"""Writes apply.json: ledgers that break every rule of Statements.md once, with the verdict that the page asks for.

    .venv-reader/bin/python Tests/Vectors/make_apply.py >Tests/Vectors/apply.json

Keys and ids are hashes of names, so that the file is the same each time.
"""
import base64
import copy
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "reader"))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from encoding import encode_json, key_id, sha256, statement_hash, u
from opening import x_wing
from rules import State

ORIGIN = "ledger.example/rules"
DAY, HOUR = 86_400_000, 3_600_000
START = 20_780 * DAY + 10 * HOUR
SMALL_ORDER = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"


def b64(value):
    return base64.b64encode(value).decode()


def private(name):
    return Ed25519PrivateKey.from_private_bytes(sha256(b"key ", name.encode()))


def public(name):
    return private(name).public_key().public_bytes_raw().hex()


def line(name, text, spoil=False):
    key = bytes.fromhex(public(name))
    signature = private(name).sign(text + b"x" if spoil else text)
    return f"\u2014 {key.hex()} {b64(key_id(key.hex(), 1, key) + signature)}\n".encode()


def broker(name, side):
    return {"name": name, "operator": "operator of " + name, "side": side, "note": public(name),
            "cosigner": public("cosigner " + name), "sealing": b64(bytes(1216)), "url": f"https://{name}.example"}


def officer(name, side):
    return {"name": name, "key": public(name), "side": side}


def terms(**changes):
    company = [broker(name, "company") for name in ("acme-1", "acme-2", "acme-3")]
    return {
        "demo": False, "version": 1, "ledger": {"key": public("ledger"), "url": "https://ledger.example"},
        "groups": [{"name": "company", "threshold": 2, "brokers": company},
                   {"name": "council", "threshold": 1, "brokers": [broker("council-1", "employees")]}],
        "witnesses": [{"name": "north", "key": public("north"), "url": "https://north.example"}],
        "reviewers": [officer("privacy", "company"), officer("legal", "company"), officer("works", "employees")],
        "halters": [officer("emergency", "employees")],
        "desk": officer("desk", "employees") | {"url": "https://desk.example"},
        "quorums": {"review": 2, "resume": 2}, "rate": 1000, "minimumWindow": HOUR, "minimumNotice": HOUR,
        "tolerance": 120_000, "freshness": 600_000, "lake": "https://lake.example"} | changes


ALL = "ledger acme-1 acme-2 acme-3 council-1 privacy legal works emergency desk"
REVIEW = "privacy works"
STOPPING = ("dismiss", "withdraw", "revoke", "erase", "halt")


class Ledger:
    """A ledger in the making: entries, and the verdict that each must have."""
    def __init__(self, description, by=None, **changes):
        self.description, self.entries, self.verdicts, self.time, self.number = description, [], [], START, 0
        signing = encode_json({name: value for name, value in terms(**changes).items() if name != "witnesses"})
        text, self.charter_note = self.note(
            "charter", by or " ".join(n for n in [*ALL.split(), "legal-2"] if public(n) in signing), **terms(**changes))
        self.state, self.charter = State(ORIGIN, statement_hash(text)), statement_hash(text).hex()

    def note(self, kind, by, **members):
        self.number += 1
        head = {"amends": members.pop("amends")} if "amends" in members else {}
        head |= {"origin": members.pop("origin", ORIGIN), "id": b64(sha256(b"id", u(self.number, 4))[:16])}
        if kind not in STOPPING:
            head["until"] = members.pop("until", self.time + HOUR)
        text = f"coffer/v1/{kind}\n{encode_json(head | members)}\n".encode()
        lines = [line(name.lstrip("!"), text, name.startswith("!")) for name in by.split()]
        return text, text + b"\n" + b"".join(lines)

    def entry(self, verdict, note, stamp=None):
        stamp = self.time if stamp is None else stamp
        found = self.state.apply(u(stamp, 8) + note) or "accepted"
        if found != verdict:
            raise SystemExit(f"{self.description}, entry {len(self.entries)}: {found}, not {verdict}: {note[:300]}")
        self.entries.append({"stamp": stamp, "note": note.decode()})
        self.verdicts.append(verdict)

    def add(self, verdict, kind, by, **members):
        self.time += 1000
        text, note = self.note(kind, by, **members)
        self.entry(verdict, note)
        return statement_hash(text).hex()

    def begin(self):
        self.entry("accepted", self.charter_note)
        return self

    def case(self):
        return {"description": self.description, "origin": ORIGIN, "charter": self.charter, "entries": self.entries,
                "verdicts": self.verdicts}


def ids(*names):
    return b64(b"".join(sorted(sha256(b"page", n.encode())[:16] if isinstance(n, str) else bytes(12) + u(n, 4) for n in names)))


def purpose(t, **changes):
    return {"name": "completion", "text": "Train a model.\nNothing else.", "basis": "consent", "owner": "research",
            "kinds": ["keys", "window"], "apps": ["code", "editor"], "outputs": "weights", "notice": HOUR, "pages": 10,
            "ends": t + 30 * DAY} | changes


def consent(l, who, of, **changes):
    return {"pseudonym": public(who), "purpose": of, "roster": l.charter, "subkeys": "11" * 32, "scope": "22" * 32,
            "window": HOUR, "expires": l.time + 20 * DAY} | changes


def grant(l, of, **changes):
    return {"purpose": of, "job": public("job"), "kinds": ["keys"], "apps": ["code"], "from": 20_770, "to": 20_780,
            "pages": 5, "expires": l.time + 10 * DAY} | changes


def release(of, *parts, **changes):
    listed = [{"consent": consent, "ids": ids(*names)} for consent, *names in sorted(parts)]
    return {"grant": of, "recipient": bytes(32).hex(), "consents": listed} | changes


def headings():
    l = Ledger("notes, origins, identities and times").begin()
    halt, note = l.note("halt", "emergency")
    for bad in (b"", b"not a note", halt, note[:-1], note.replace(b"\n\n", b"\n"), note.replace(b"coffer/v1", b"coffer/v2"),
                note.replace(b'"id"', b' "id"'), note.replace(b'"}', b'","x":1}'), note.replace(b"/halt", b"/halted"),
                note + b"\n", note + b"\x01\n", halt + b"\n" + line("emergency", halt) * 65):
        l.entry("malformed", bad)
    l.entry("charter.pin", l.charter_note)
    l.add("charter.pin", "charter", ALL, **terms(rate=5))
    l.add("origin", "halt", "emergency", origin="another.example/log")
    l.add("signature", "halt", "privacy")
    l.add("signature", "halt", "!emergency")
    l.add("signature", "halt", "emergency emergency")
    l.add("signature", "halt", "emergency stranger")
    l.entry("signature", halt + b"\n" + line("emergency", halt) + b"\xe2\x80\x94 witness AAAAAAAA\n")
    l.entry("accepted", note)
    l.entry("duplicate", note)
    l.entry("duplicate", halt + b"\n" + line("stranger", halt))
    l.add("quorum", "purpose", "privacy", **purpose(l.time))
    l.add("quorum", "purpose", "privacy legal", **purpose(l.time))
    l.add("accepted", "purpose", "privacy legal works", **purpose(l.time))
    l.add("until.past", "purpose", REVIEW, until=l.time + 999, **purpose(l.time))
    l.add("accepted", "purpose", REVIEW, until=l.time + 1000, **purpose(l.time))
    l.add("until.far", "purpose", REVIEW, until=l.time + 7 * DAY + 1001, **purpose(l.time))
    l.add("accepted", "purpose", REVIEW, until=l.time + 7 * DAY + 1000, **purpose(l.time))
    l.add("until.far", "consent", "p1", until=l.time + DAY + 1001, **consent(l, "p1", "33" * 32))
    l.entry("accepted", l.note("halt", "emergency")[1], stamp=0)
    l.entry("until.past", l.note("purpose", REVIEW, until=l.time - 1, **purpose(l.time))[1], stamp=l.time - DAY)
    _, again = l.note("purpose", REVIEW, until=l.time + HOUR, **purpose(l.time))
    l.entry("accepted", again)
    l.entry("duplicate", again, stamp=l.time + HOUR)
    l.entry("until.past", again, stamp=l.time + HOUR + 1)  # before `duplicate`: nobody has to remember it any longer
    l.entry("duplicate", note, stamp=l.time + 30 * DAY)
    l.entry("until.past", again)
    return l.case()


def charters():
    groups, twice = terms()["groups"], copy.deepcopy(terms()["groups"])
    twice[1]["brokers"][0]["operator"] = "operator of acme-1"
    thresholds = copy.deepcopy(groups)
    thresholds[0]["threshold"] = 1
    named, unnamed = copy.deepcopy(groups), copy.deepcopy(groups)
    named[0]["brokers"][0]["name"], unnamed[0]["name"] = "north", ""
    same = [*terms()["reviewers"], officer("works", "company") | {"key": public("legal-2")}]
    company = [officer("privacy", "company"), officer("legal", "company"), officer("works", "company")]
    cases = []
    for verdict, changes in (
            ("charter.version", {"version": 5}), ("charter.version", {"version": 0}), ("charter.threshold", {"groups": []}),
            ("charter.threshold", {"groups": thresholds}), ("charter.names", {"groups": named}),
            ("charter.threshold", {"groups": unnamed}), ("charter.names", {"groups": groups + groups[:1]}),
            ("charter.names", {"reviewers": same}),
            ("charter.operator", {"groups": twice}), ("charter.witnesses", {"witnesses": []}),
            ("charter.desk", {"desk": officer("desk", "company") | {"url": ""}}),
            ("charter.quorums", {"quorums": {"review": 4, "resume": 1}}),
            ("charter.quorums", {"quorums": {"review": 1, "resume": 0}}), ("charter.quorums", {"reviewers": company}),
            ("charter.demo", {"demo": True}), ("malformed", {"lake": "x" * 2049}),
            ("charter.keys", {"witnesses": [{"name": "n", "key": public("acme-1"), "url": ""}]}),
            ("charter.keys", {"witnesses": [{"name": "n", "key": SMALL_ORDER, "url": ""}]})):
        l = Ledger(f"a charter that breaks {verdict}", **changes)
        l.entry(verdict, l.charter_note)
        l.add("charter.pin", "halt", "emergency")
        cases.append(l.case())
    l = Ledger("a charter that the desk has not signed", by=ALL.replace(" desk", ""))
    l.entry("quorum", l.charter_note)
    cases.append(l.case())
    l = Ledger("another charter than the one that was pinned")
    l.entry("charter.pin", l.note("charter", ALL, **terms())[1])
    l.entry("charter.pin", l.charter_note)
    cases.append(l.case())
    return cases


def amendments():
    l = Ledger("amendments: quorums, notice, rosters, new and old keys").begin()
    three = terms(reviewers=[officer("new", "employees"), *terms()["reviewers"]])
    by, notice = "ledger desk new privacy works emergency acme-1 acme-2 council-1", {"notice": 0, "ends": False}
    base = {"amends": l.charter} | three | notice
    l.add("amend.amends", "amend", by, **base | {"amends": "44" * 32})
    for missing in ("ledger", "desk", "new", "works", "emergency", "acme-1", "council-1"):
        l.add("quorum", "amend", " ".join(n for n in by.split() if n != missing), **base)
    l.add("signature", "amend", by + " p1", **base)
    l.add("charter.version", "amend", by.replace(" new", ""), **base | terms(version=5))
    p = l.add("accepted", "purpose", REVIEW, **purpose(l.time, notice=HOUR))
    l.add("accepted", "enrol", "desk", charter=l.charter, pseudonyms=sorted(map(public, ("p1", "p2", "p3"))))
    first = l.add("accepted", "amend", by, **base)
    l.add("amend.pending", "amend", by, **base)
    l.add("enrol.known", "enrol", "desk", charter=l.charter, pseudonyms=[public("new")])
    l.add("grant.job", "grant", "new " + REVIEW, **grant(l, p, job=public("new")))
    l.add("signature", "purpose", "new privacy", **purpose(l.time))
    l.time += HOUR - 4001
    l.entry("signature", l.note("purpose", "new privacy", **purpose(l.time))[1])
    l.time += 1
    l.entry("accepted", l.note("purpose", "new privacy", **purpose(l.time))[1])
    l.add("enrol.charter", "enrol", "desk", charter=l.charter, pseudonyms=[public("p4")])
    l.add("accepted", "enrol", "desk", charter=first, pseudonyms=[public("p4")])
    l.add("accepted", "consent", "p1", **consent(l, "p1", p))
    g = l.add("accepted", "grant", "job " + REVIEW, **grant(l, p))
    moved = copy.deepcopy(three["groups"])
    moved[0]["brokers"][0]["url"] = "https://elsewhere.example"
    by = by.replace(" new", "")
    first = l.add("accepted", "amend", by, **base | {"amends": first, "groups": moved, "ends": True})
    l.time += HOUR
    c = l.add("accepted", "consent", "p4", **consent(l, "p4", p))
    two = copy.deepcopy(three["groups"])
    two[1]["brokers"] = [broker("council-2", "employees")]
    by += " council-2"
    second = l.add("accepted", "amend", by, **base | {"amends": first, "groups": two, "ends": True, "notice": 2 * HOUR})
    l.time += HOUR
    c = l.add("accepted", "consent", "p2", **consent(l, "p2", p))
    l.add("accepted", "release", "job", **release(g, (c, "a")))
    l.time += HOUR + 1000
    l.add("consent.ended", "release", "job", **release(g, (c, "b")))
    l.add("consent.roster", "consent", "p3", **consent(l, "p3", p))
    c = l.add("accepted", "consent", "p3", **consent(l, "p3", p, roster=second))
    l.add("accepted", "release", "job", **release(g, (c, "b")))
    l.add("accepted", "destroyed", "council-1", broker=public("council-1"), size=3)
    old = copy.deepcopy(three) | {"halters": [officer("council-1", "employees")], "groups": two}
    l.add("charter.keys", "amend", "ledger desk council-1 privacy works emergency acme-1 acme-2 council-2", **base | old | {"amends": second})
    return l.case()


def people():
    l = Ledger("pseudonyms, purposes, consents, and what ends them").begin()
    keys = sorted(map(public, ("p1", "p2", "p3", "p4", "p5")))
    l.add("signature", "enrol", "privacy", charter=l.charter, pseudonyms=keys)
    l.add("enrol.charter", "enrol", "desk", charter="55" * 32, pseudonyms=keys)
    l.add("malformed", "enrol", "desk", charter=l.charter, pseudonyms=keys[::-1])
    l.add("malformed", "enrol", "desk", charter=l.charter, pseudonyms=[])
    l.add("enrol.pseudonyms", "enrol", "desk", charter=l.charter, pseudonyms=[SMALL_ORDER])
    l.add("enrol.known", "enrol", "desk", charter=l.charter, pseudonyms=[public("north")])
    l.add("accepted", "enrol", "desk", charter=l.charter, pseudonyms=keys)
    l.add("enrol.known", "enrol", "desk", charter=l.charter, pseudonyms=sorted([public("p1"), public("p6")]))
    l.add("purpose.notice", "purpose", REVIEW, **purpose(l.time, notice=HOUR - 1))
    l.add("purpose.ends", "purpose", REVIEW, **purpose(l.time, ends=l.time + 1000))
    l.add("malformed", "purpose", REVIEW, **purpose(l.time, kinds=["window", "keys"]))
    l.add("malformed", "purpose", REVIEW, **purpose(l.time, kinds=["smells"]))
    l.add("malformed", "purpose", REVIEW, **purpose(l.time, apps=["Code"]))
    l.add("malformed", "purpose", REVIEW, **purpose(l.time, apps=[]))
    l.add("malformed", "purpose", REVIEW, **purpose(l.time, owner="x" * 256))
    text, note = l.note("purpose", REVIEW, **purpose(l.time))
    l.add("accepted", "withdraw", REVIEW, purpose=statement_hash(text).hex())
    l.entry("withdrawn", note)
    p = l.add("accepted", "purpose", REVIEW, **purpose(l.time, ends=l.time + 3 * DAY))
    l.add("consent.pseudonym", "consent", "p6", **consent(l, "p6", p))
    l.add("signature", "consent", "p2", **consent(l, "p1", p))
    l.add("consent.purpose", "consent", "p1", **consent(l, "p1", "66" * 32))
    l.add("consent.purpose", "consent", "p1", **consent(l, "p1", statement_hash(text).hex()))
    l.add("consent.roster", "consent", "p1", **consent(l, "p1", p, roster="77" * 32))
    l.add("consent.window", "consent", "p1", **consent(l, "p1", p, window=HOUR - 1))
    l.add("consent.expires", "consent", "p1", **consent(l, "p1", p, expires=l.time + 1000))
    l.add("consent.expires", "consent", "p1", **consent(l, "p1", p, expires=l.time + 90 * DAY + 1001))
    l.add("accepted", "consent", "p1", **consent(l, "p1", p, expires=l.time + 90 * DAY + 1000))
    l.add("consent.once", "consent", "p1", **consent(l, "p1", p))
    l.add("accepted", "revoke", "p2", pseudonym=public("p2"))
    l.add("revoked", "consent", "p2", **consent(l, "p2", p))
    l.add("signature", "revoke", "p1", pseudonym=public("p2"))
    l.add("accepted", "dismiss", "desk", pseudonyms=sorted([public("p3"), public("p7")]))
    l.add("dismissed", "consent", "p3", **consent(l, "p3", p))
    l.add("accepted", "enrol", "desk", charter=l.charter, pseudonyms=[public("p7")])
    l.add("dismissed", "consent", "p7", **consent(l, "p7", p))
    l.add("accepted", "erase", "p4", pseudonym=public("p4"), consent="88" * 32, pages=ids("a", "b"))
    l.add("malformed", "erase", "p4", pseudonym=public("p4"), consent="88" * 32, pages="")
    l.add("malformed", "erase", "p4", pseudonym=public("p4"), consent="88" * 32, pages=b64(bytes(17)))
    l.add("malformed", "erase", "p4", pseudonym=public("p4"), consent="88" * 32, pages=b64(bytes(32)))
    l.time += 3 * DAY
    l.add("consent.purpose", "consent", "p4", **consent(l, "p4", p))
    return l.case()


def jobs():
    l = Ledger("grants, releases, budgets, halts, outcomes, destructions").begin()
    l.add("accepted", "enrol", "desk", charter=l.charter, pseudonyms=sorted(map(public, ("p1", "p2", "p3", "p4"))))
    p = l.add("accepted", "purpose", REVIEW, **purpose(l.time))
    q = l.add("accepted", "purpose", REVIEW, **purpose(l.time, name="another"))
    c1 = l.add("accepted", "consent", "p1", **consent(l, "p1", p))
    c2 = l.add("accepted", "consent", "p2", **consent(l, "p2", p, expires=l.time + DAY))
    c3 = l.add("accepted", "consent", "p3", **consent(l, "p3", q))
    c4 = l.add("accepted", "consent", "p4", **consent(l, "p4", p))
    by = "job " + REVIEW
    l.add("grant.purpose", "grant", by, **grant(l, "99" * 32))
    l.add("quorum", "grant", REVIEW, **grant(l, p))
    l.add("quorum", "grant", "job privacy legal", **grant(l, p))
    l.add("grant.kind", "grant", by, **grant(l, p, kinds=["screen"]))
    l.add("grant.app", "grant", by, **grant(l, p, apps=["mail"]))
    l.add("grant.days", "grant", by, **grant(l, p, to=20_769))
    l.add("malformed", "grant", by, **grant(l, p, to=1 << 32))
    l.add("grant.budget", "grant", by, **grant(l, p, pages=11))
    l.add("grant.expires", "grant", by, **grant(l, p, expires=l.time + 31 * DAY))
    l.add("grant.expires", "grant", by, **grant(l, p, expires=l.time))
    l.add("grant.job", "grant", "p1 " + REVIEW, **grant(l, p, job=public("p1")))
    g = l.add("accepted", "grant", by, **grant(l, p))
    h = l.add("accepted", "grant", by, **grant(l, p, pages=8, expires=l.time + 2 * DAY))
    l.add("release.grant", "release", "job", **release("aa" * 32, (c1, "a")))
    l.add("signature", "release", "privacy", **release(g, (c1, "a")))
    l.add("release.notice", "release", "job", **release(g, (c1, "a")))
    l.time += HOUR
    l.add("until.far", "release", "job", until=l.time + HOUR + 1001, **release(g, (c1, "a")))
    l.add("release.consent", "release", "job", **release(g, ("bb" * 32, "a")))
    l.add("release.consent", "release", "job", **release(g, (c3, "a")))
    l.add("malformed", "release", "job", **release(g))
    backwards = release(g, (c1, "a"), (c2, "b"))
    l.add("malformed", "release", "job", **backwards | {"consents": backwards["consents"][::-1]})
    l.add("malformed", "release", "job", **release(g, (c1, "a")) | {"recipient": bytes(31).hex()})
    l.add("malformed", "release", "job", **release(g, (c1, *map(str, range(1001)))))
    l.add("release.week", "release", "job", **release(g, (c1, 20_781)))
    l.add("release.week", "release", "job", **release(g, (c1, 20_759)))
    l.add("release.week", "release", "job", **release(g, (c1, 20_787)))
    l.add("accepted", "release", "job", **release(g, (c1, 20_766, 20_780), (c2, "a")))
    l.add("release.budget", "release", "job", **release(g, (c1, "a", "b", "c")))
    l.add("accepted", "release", "job", **release(g, (c1, "a"), (c2, "a")))
    l.add("release.budget", "release", "job", **release(g, (c1, "a")))
    l.add("release.budget", "release", "job", **release(h, (c1, "a", "b", "c", "d", "e", "f")))
    l.add("accepted", "release", "job", **release(h, (c1, "a", "b", "c", "d", "e")))
    halt = l.add("accepted", "halt", "emergency")
    other = l.add("accepted", "halt", "emergency")
    l.time += DAY
    l.add("halted", "release", "job", **release(g, (c1, "a")))
    l.add("quorum", "resume", "privacy legal", halts=[halt])
    l.add("resume.halts", "resume", REVIEW, halts=sorted([halt, "cc" * 32]))
    l.add("accepted", "resume", REVIEW, halts=[halt])
    l.add("halted", "release", "job", **release(g, (c1, "a")))
    l.add("accepted", "resume", REVIEW, halts=sorted([halt, other]))
    l.add("consent.expired", "release", "job", **release(g, (c2, "a")))
    l.add("accepted", "release", "job", **release(g, (c1, "a")))
    l.add("accepted", "revoke", "p1", pseudonym=public("p1"))
    l.add("revoked", "release", "job", **release(g, (c1, "a")))
    l.add("accepted", "dismiss", "desk", pseudonyms=[public("p4")])
    l.add("dismissed", "release", "job", **release(g, (c4, "a")))
    l.add("outcome.grant", "outcome", "job", grant="dd" * 32, model="ee" * 32, keptUntil=0, disposed=True)
    l.add("signature", "outcome", "works", grant=g, model="ee" * 32, keptUntil=0, disposed=True)
    l.add("accepted", "outcome", "job", grant=g, model="ee" * 32, keptUntil=l.time + DAY, disposed=False)
    l.add("destroyed.broker", "destroyed", "cosigner", broker=public("cosigner acme-1"), size=1)
    l.add("signature", "destroyed", "acme-2", broker=public("acme-1"), size=1)
    size = len(l.entries)
    l.add("destroyed.size", "destroyed", "acme-1", broker=public("acme-1"), size=size + 1)
    l.add("accepted", "destroyed", "acme-1", broker=public("acme-1"), size=size + 1)
    l.time += DAY
    l.add("release.grant", "release", "job", **release(h, (c1, "a")))
    l.add("accepted", "withdraw", REVIEW, purpose=p)
    l.add("release.purpose", "release", "job", **release(g, (c1, "a")))
    return l.case()


def second(**changes):
    """Terms of version 2: as the usual ones, with sealing keys to which something can be sealed."""
    new = copy.deepcopy(terms(version=2, **changes))
    for group in new["groups"]:
        for broker in group["brokers"]:
            if broker["sealing"] == b64(bytes(1216)):
                broker["sealing"] = b64(x_wing(sha256(b"sealing ", broker["name"].encode()))[1])
    return new


def changed(**changes):
    """The usual groups, with these members of the first broker."""
    groups = second()["groups"]
    groups[0]["brokers"][0] |= changes
    return {"groups": groups}


def sealing(at, value):
    key = bytearray(x_wing(sha256(b"sealing acme-1"))[1])
    key[at : at + len(value)] = value
    return changed(sealing=b64(bytes(key)))


def second_charters():
    company, cases = second()["groups"][:1], []
    mixed = copy.deepcopy(company)
    mixed[0]["brokers"][0]["side"] = mixed[0]["brokers"][1]["side"] = "employees"
    two = copy.deepcopy(company)
    two[0]["brokers"][0]["side"] = "employees"
    p = (1 << 255) - 19
    large = [(3329).to_bytes(2, "little"), (3328).to_bytes(2, "little")]
    url = {"ledger": {"key": public("ledger"), "url": "http://[::1]:8080/log"}}
    for verdict, changes in (
            ("accepted", {}), ("charter.sides", {"groups": company}), ("accepted", {"groups": mixed}),
            ("charter.sides", {"groups": two}), ("charter.keys", changed(sealing=b64(b"\xff" * 1216))),
            ("charter.keys", sealing(0, large[0])), ("accepted", sealing(0, large[1])),
            *(("charter.keys", sealing(1184, u.to_bytes(32, "little"))) for u in (0, 1, p - 1, p, p + 1, p + (1 << 255))),
            ("accepted", url), *(("charter.url", {"ledger": {"key": public("ledger"), "url": of}}) for of in (
                "", "http://a:99999", "http://a:0", "ftp://a", "http://a/?", "http://u@a", "http://[::1", "HTTP://a"))):
        l = Ledger(f"a charter of version 2: {verdict}", **second(**changes))
        l.entry(verdict, l.charter_note)
        cases.append(l.case())
    for version in (3, 4):
        for verdict, changes in (("accepted", {}), ("charter.sides", {"groups": company})):
            l = Ledger(f"a charter of version {version}: {verdict}", **second(**changes) | {"version": version})
            l.entry(verdict, l.charter_note)
            cases.append(l.case())
    return cases


def versions():
    """An old log: its rules, then the amendments that bring versions 2, 3 and 4, then those."""
    l = Ledger("from version 1 to version 2").begin()
    notice, by = {"notice": 0, "ends": False}, "ledger desk privacy works emergency acme-1 acme-2 council-1"
    l.add("accepted", "enrol", "desk", charter=l.charter, pseudonyms=[public("p1")])
    p = l.add("accepted", "purpose", REVIEW, **purpose(l.time))
    c = l.add("accepted", "consent", "p1", **consent(l, "p1", p))
    g = l.add("accepted", "grant", "job " + REVIEW, **grant(l, p, **{"from": 0, "pages": 10}))
    l.time += HOUR
    l.add("accepted", "release", "job", **release(g, (c, 0)))
    for day in (1, 3, 5):
        l.add("release.week", "release", "job", **release(g, (c, day)))
    l.add("accepted", "release", "job", **release(g, (c, 4)))
    junk = {"amends": l.charter} | terms(**changed(sealing=b64(b"\xff" * 1216), url="http://a:99999")) | notice
    first = l.add("accepted", "amend", by, **junk | {"version": 1})
    l.time += HOUR
    l.add("charter.keys", "amend", by, **{"amends": first} | second(**changed(sealing=b64(b"\xff" * 1216))) | notice)
    l.add("charter.url", "amend", by, **{"amends": first} | second(**changed(url="http://a:99999")) | notice)
    by += " council-2 council-3"
    none = copy.deepcopy(second()["groups"])
    none[1]["brokers"] = [broker(name, "company") for name in ("council-2", "council-3")]
    none[1]["threshold"] = 2
    l.add("charter.sides", "amend", by, **{"amends": first} | second(groups=none) | notice)
    by = by.replace(" council-2 council-3", "")
    now = l.add("accepted", "amend", by, **{"amends": first} | second() | notice)
    l.add("accepted", "release", "job", **release(g, (c, 0)))
    l.time += HOUR
    for day in (0, 3):
        l.add("release.week", "release", "job", **release(g, (c, day)))
    l.add("accepted", "release", "job", **release(g, (c, 4)))
    l.add("charter.version", "amend", by, **{"amends": now} | second() | notice | {"version": 1})
    now = l.add("accepted", "amend", by, **{"amends": now} | second() | notice | {"version": 3})
    l.time += HOUR
    l.add("release.week", "release", "job", **release(g, (c, 0)))
    l.add("accepted", "release", "job", **release(g, (c, 4)))
    l.add("charter.version", "amend", by, **{"amends": now} | second() | notice)
    outcome = {"grant": g, "model": "ee" * 32, "keptUntil": l.time + DAY, "disposed": False}
    said = outcome | {"manifest": "ab" * 32, "releases": [8, 9]}
    l.add("malformed", "outcome", "job", **said)
    l.add("malformed", "outcome", "works", **said | {"origin": "elsewhere"})
    l.add("accepted", "outcome", "job", **outcome)
    l.add("accepted", "amend", by, **{"amends": now} | second() | notice | {"version": 4})
    l.add("malformed", "outcome", "job", **said)
    l.time += HOUR
    l.add("accepted", "outcome", "job", **said)
    l.add("accepted", "outcome", "job", **outcome)
    l.add("accepted", "outcome", "job", **said | {"releases": list(range(4096))})
    for wrong in ([], [9, 8], [8, 8], list(range(4097)), [True], "8"):
        l.add("malformed", "outcome", "job", **said | {"releases": wrong})
    for wrong in ("ab", 7):
        l.add("malformed", "outcome", "job", **said | {"manifest": wrong})
    l.add("malformed", "outcome", "job", **outcome | {"manifest": "ab" * 32})
    l.add("malformed", "outcome", "job", **outcome | {"releases": [8]})
    l.add("signature", "outcome", "works", **said)
    l.add("outcome.grant", "outcome", "job", **said | {"grant": "dd" * 32})
    return l.case()


cases = [headings(), *charters(), amendments(), people(), jobs(), *second_charters(), versions()]
description = "Ledgers that break every rule of Statements.md: their entries, and for each `accepted` or the rule that refused it."
print(json.dumps({"description": description, "cases": cases}, indent=1, ensure_ascii=False))
