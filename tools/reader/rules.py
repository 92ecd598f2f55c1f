"""The state of a ledger and `apply`. The rules have the names of Statements.md."""
import re
from encoding import (Bad, Reader, is_good_key, is_good_sealing_key, key_id, members, need, parse_json, parse_note, statement_hash, unb64,
                      unhex, verifies)
from opening import DAY, KINDS

TERMS = """demo:bool version:int ledger:ledger groups:group*14 witnesses:witness*64 reviewers:officer*64
 halters:officer*64 desk:desk quorums:quorums rate:int minimumWindow:int minimumNotice:int tolerance:int freshness:int
 lake:text2048"""
STOPPING = "origin:text255 id:bytes16 "
STARTING = STOPPING + "until:int "
SPECS = {
    "ledger": "key:hash url:text2048", "witness": "name:text255 key:hash url:text2048",
    "group": "name:text64 threshold:int255 brokers:broker*14", "quorums": "review:int64 resume:int64",
    "broker": "name:text255 operator:text255 side:side note:hash cosigner:hash sealing:bytes1216 url:text2048",
    "officer": "name:text255 key:hash side:side", "desk": "name:text255 key:hash side:side url:text2048",
    "part": "consent:hash ids:ids"}
TYPES = {
    "charter": STARTING + TERMS, "amend": "amends:hash " + STARTING + TERMS + " notice:int ends:bool",
    "enrol": STARTING + "charter:hash pseudonyms:hash+500", "dismiss": STOPPING + "pseudonyms:hash+500",
    "purpose": STARTING + "name:text255 text:text16384 basis:text1024 owner:text255 kinds:kind+6 apps:app+256 "
               "outputs:text1024 notice:int pages:int ends:int", "withdraw": STOPPING + "purpose:hash",
    "consent": STARTING + "pseudonym:hash purpose:hash roster:hash subkeys:hash scope:hash window:int expires:int",
    "revoke": STOPPING + "pseudonym:hash", "erase": STOPPING + "pseudonym:hash consent:hash pages:ids",
    "grant": STARTING + "purpose:hash job:hash kinds:kind+6 apps:app+256 from:day to:day pages:int expires:int",
    "release": STARTING + "grant:hash recipient:hash consents:part*128",
    "outcome": STARTING + "grant:hash model:hash keptUntil:int disposed:bool",
    "destroyed": STARTING + "broker:hash size:int", "halt": STOPPING, "resume": STARTING + "halts:hash+256"}

def ascending(values):
    need(values and all(a < b for a, b in zip(values, values[1:])), "a list is empty or out of order")
    return values

def shape(code, value):
    """A member's value in Python's types. `x*n` is an array of at most n, `x+n` one that ascends and is not empty."""
    name, many, limit = re.fullmatch(r"([a-z]+)([*+]?)(\d*)", code).groups()
    limit = int(limit or (1 << 32 if name == "day" else 1 << 53) - 1)
    if many:
        need(isinstance(value, list) and len(value) <= limit, "not an array in its bounds")
        found = [shape(name, item) for item in value]
        return ascending(found) if many == "+" else found
    if name in SPECS:
        return fields(SPECS[name], value)
    if name in ("hash", "bytes"):
        return unhex(value) if name == "hash" else unb64(value, limit)
    if name == "ids":
        need(len(blob := unb64(value)) % 16 == 0, "ids have not 16 bytes")
        return ascending([blob[i : i + 16] for i in range(0, len(blob), 16)])
    if name in ("int", "day", "bool"):
        need(type(value) is (bool if name == "bool" else int) and value <= limit, "not a number or bool in its bounds")
    else:
        need(isinstance(value, str) and len(value.encode()) <= limit, "not a string in its bounds")
        of = {"side": "company|employees", "kind": "|".join(KINDS), "app": "[a-z0-9._-]{1,64}"}.get(name)
        need(not of or re.fullmatch(of, value), f"not a {name}")
    return value

def fields(spec, value):
    pairs = [pair.split(":") for pair in spec.split()]
    return {n: shape(code, v) for (n, code), v in zip(pairs, members(value, " ".join(n for n, _ in pairs)))}

def parse(text):
    head, _, body = text[:-1].partition(b"\n")
    kind = head.decode().removeprefix("coffer/v1/")
    need(head.startswith(b"coffer/v1/") and kind in TYPES, "not a statement")
    spec, value = TYPES[kind], parse_json(body)
    if kind == "outcome" and isinstance(value, dict) and "manifest" in value:
        spec += " manifest:hash releases:int+4096"
    statement = fields(spec, value)
    if kind == "release":
        ascending([part["consent"] for part in statement["consents"]])
        need(sum(len(part["ids"]) for part in statement["consents"]) <= 1000, "too many ids")
    return kind, statement

def is_good_url(url):
    found = re.fullmatch(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([1-9][0-9]{0,4}))?(/[A-Za-z0-9/._~-]*)?", url)
    return found and int(found[2] or 80) < 1 << 16

class Refused(Exception): "The rule that is broken."
def rule(condition, name):
    if not condition:
        raise Refused(name)

class Terms:
    """The keys and roles under a charter or an amendment."""
    def __init__(self, m):
        self.m, brokers = m, [broker for group in m["groups"] for broker in group["brokers"]]
        self.ledger, self.desk = m["ledger"]["key"], m["desk"]["key"]
        self.groups = [(g["name"], g["threshold"], [b["note"] for b in g["brokers"]]) for g in m["groups"]]
        self.reviewers, self.halters = ({o["key"]: o["side"] for o in m[role]} for role in ("reviewers", "halters"))
        self.cosigners = [b["cosigner"] for b in brokers] + [w["key"] for w in m["witnesses"]]
        self.roles = [(self.ledger, "ledger"), (self.desk, "desk")] + [(b["note"], "broker") for b in brokers]
        self.roles += [(o["key"], role) for role in ("reviewers", "halters") for o in m[role]]
        self.signing, self.roles = set(dict(self.roles)), self.roles + [(key, "cosigner") for key in self.cosigners]
    def check(self):
        m, groups, of = self.m, self.m["groups"], {}
        rule(m["version"] in (1, 2, 3, 4), "charter.version")
        sizes = [(len(g["brokers"]), g["threshold"]) for g in groups if g["name"]]
        good = len(sizes) == len(groups) > 0 and all(t <= n <= 7 and n < 2 * t for n, t in sizes)
        rule(good and sum(n for n, _ in sizes) <= 14, "charter.threshold")
        rule(len({g["name"] for g in groups}) == len(groups), "charter.names")
        rule(all(of.setdefault(b["operator"], g["name"]) == g["name"] for g in groups for b in g["brokers"]),
             "charter.operator")
        new, brokers = m["version"] > 1, [b for g in groups for b in g["brokers"]]
        company = [(sum(b["side"] == "company" for b in g["brokers"]), g["threshold"]) for g in groups]
        rule(not new or any(n < t for n, t in company), "charter.sides")
        rule(m["witnesses"], "charter.witnesses")
        named = [b for g in groups for b in g["brokers"]] + m["witnesses"], m["reviewers"], m["halters"], [m["desk"]]
        rule(all(len({o["name"] for o in of} - {""}) == len(of) for of in named), "charter.names")
        rule(m["desk"]["side"] == "employees", "charter.desk")
        quorums = all(1 <= count <= len(m["reviewers"]) for count in m["quorums"].values())
        rule(quorums and "employees" in self.reviewers.values() and self.halters, "charter.quorums")
        rule(not m["demo"] or m["minimumWindow"] == m["minimumNotice"] == 0, "charter.demo")
        keys = [key for key, _ in self.roles]
        rule(len(set(keys)) == len(keys) and all(map(is_good_key, keys)), "charter.keys")
        rule(not new or all(is_good_sealing_key(b["sealing"]) for b in brokers), "charter.keys")
        urls = [server["url"] for server in [m["ledger"], m["desk"], *brokers, *m["witnesses"]]]
        rule(not new or all(map(is_good_url, urls)), "charter.url")

class State:
    """The state after the accepted entries."""
    def __init__(self, origin, pin):
        self.origin, self.pin, self.clock, self.size = origin, pin, 0, 0
        self.terms = self.in_force = self.roster = self.pending = self.amended = None
        self.accepted, self.withdrawn, self.enrolled, self.dismissed, self.revoked = set(), set(), set(), set(), set()
        self.roles, self.purposes, self.grants, self.consents, self.halts, self.spent = {}, {}, {}, {}, {}, {}
    def apply(self, entry):
        """None when accepted, else the rule that refused."""
        reader = Reader(entry)
        self.clock, self.size = max(self.clock, reader.u(8)), self.size + 1
        if self.pending and self.pending[0] <= self.clock:
            self.enforce(*self.pending[1:])
            self.pending = None
        try:
            text, lines = parse_note(reader.rest())
            kind, m = parse(text)
            need("manifest" not in m or self.terms and self.terms.m["version"] >= 4, "no version with manifests in outcomes")
            name, until = statement_hash(text), m.get("until", self.clock)
            rule(name == self.pin and self.size == 1 if kind == "charter" else self.terms, "charter.pin")
            rule(m["origin"] == self.origin, "origin")
            rule(until >= self.clock, "until.past")
            rule(until - self.clock <= {"consent": DAY, "release": DAY // 24}.get(kind, 7 * DAY), "until.far")
            rule(name not in self.accepted, "duplicate")
            self.check_signers(*self.who(kind, m), text, lines)
            getattr(self, kind, lambda *_: None)(name, m)  # erase and outcome change no verdict
            self.accepted.add(name)
        except Refused as refusal:
            return str(refusal)
        except Bad:
            return "malformed"
    def who(self, kind, m):
        """The keys that must sign, and the quorums: members with their sides, how many, one of the employees' side?"""
        if kind == "charter":
            return Terms(m).signing, []
        if kind in ("release", "outcome"):
            rule(m["grant"] in self.grants, kind + ".grant")
            return {self.grants[m["grant"]]["job"]}, []
        rule(kind != "destroyed" or self.roles.get(m["broker"]) == "broker", "destroyed.broker")
        terms, quorums, desk = self.terms, self.terms.m["quorums"], self.terms.desk
        review, resume = ((terms.reviewers, quorums[of], True) for of in ("review", "resume"))
        halter = terms.halters, 1, False
        if kind == "amend":
            groups = [({b["note"]: "" for b in g["brokers"]}, g["threshold"], False) for g in terms.m["groups"]]
            return Terms(m).signing - terms.signing | {terms.ledger, desk}, [review, halter, *groups]
        one = {"enrol": desk, "dismiss": desk, "grant": m.get("job"), "destroyed": m.get("broker")}
        some = {"purpose": review, "withdraw": review, "grant": review, "halt": halter, "resume": resume}
        return {one.get(kind, m.get("pseudonym"))} - {None}, [some[kind]] if kind in some else []
    def check_signers(self, required, quorums, text, lines):
        allowed, found = {key.hex(): key for key in required.union(*(of for of, _, _ in quorums))}, set()
        for name, number, signature in lines:
            good = (key := allowed.get(name)) and key not in found and number == key_id(name, 1, key)
            rule(good and verifies(key, signature, text), "signature")
            found.add(key)
        rule(required <= found, "quorum")
        for of, count, employees in quorums:
            sides = [of[key] for key in found & set(of)]
            rule(len(sides) >= count and (not employees or "employees" in sides), "quorum")
    def enforce(self, name, m):
        terms, before, self.in_force = Terms(m), self.terms, name
        self.terms, self.roster = terms, self.roster if before and before.groups == terms.groups else name
        for consent in self.consents.values() if m.get("ends") else ():
            consent["ended"] = consent.get("ended") or consent["roster"] != self.roster
        self.roles |= dict(terms.roles)
    def live(self, purpose):
        found = self.purposes.get(purpose)
        return found if found and purpose not in self.withdrawn and self.clock < found["ends"] else None
    def charter(self, name, m):
        Terms(m).check()
        self.enforce(name, m)
    def amend(self, name, m):
        rule(m["amends"] == self.in_force, "amend.amends")
        rule(not self.pending, "amend.pending")
        Terms(m).check()
        rule(m["version"] >= self.terms.m["version"], "charter.version")
        rule(all(self.roles.get(key, role) == role for key, role in Terms(m).roles), "charter.keys")
        self.roles |= dict(Terms(m).roles)  # from now on
        self.pending = self.clock + max(m["notice"], self.terms.m["minimumNotice"]), name, m
        self.amended = self.size - 1  # the entry
    def enrol(self, name, m):
        rule(m["charter"] == self.in_force, "enrol.charter")
        rule(all(map(is_good_key, m["pseudonyms"])), "enrol.pseudonyms")
        rule(not any(key in self.roles for key in m["pseudonyms"]), "enrol.known")
        self.enrolled.update(m["pseudonyms"])
        self.roles |= dict.fromkeys(m["pseudonyms"], "pseudonym")
    def dismiss(self, name, m): self.dismissed.update(m["pseudonyms"])
    def withdraw(self, name, m): self.withdrawn.add(m["purpose"])
    def revoke(self, name, m): self.revoked.add(m["pseudonym"])
    def halt(self, name, m): self.halts[name] = True
    def destroyed(self, name, m): rule(m["size"] < self.size, "destroyed.size")
    def resume(self, name, m):
        rule(all(halt in self.halts for halt in m["halts"]), "resume.halts")
        self.halts |= dict.fromkeys(m["halts"], False)
    def purpose(self, name, m):
        rule(m["notice"] >= self.terms.m["minimumNotice"], "purpose.notice")
        rule(m["ends"] > self.clock, "purpose.ends")
        rule(name not in self.withdrawn, "withdrawn")
        self.purposes[name] = m
    def unended(self, pseudonym):
        rule(pseudonym not in self.revoked, "revoked")
        rule(pseudonym not in self.dismissed, "dismissed")
    def consent(self, name, m):
        rule(m["pseudonym"] in self.enrolled, "consent.pseudonym")
        self.unended(m["pseudonym"])
        rule(all(other["pseudonym"] != m["pseudonym"] for other in self.consents.values()), "consent.once")
        rule(self.live(m["purpose"]), "consent.purpose")
        rule(m["roster"] == self.roster, "consent.roster")
        rule(m["window"] >= self.terms.m["minimumWindow"], "consent.window")
        rule(self.clock < m["expires"] <= self.clock + 90 * DAY, "consent.expires")
        self.consents[name] = m
    def grant(self, name, m):
        rule(purpose := self.live(m["purpose"]), "grant.purpose")
        rule(set(m["kinds"]) <= set(purpose["kinds"]), "grant.kind")
        rule(set(m["apps"]) <= set(purpose["apps"]), "grant.app")
        rule(m["from"] <= m["to"], "grant.days")
        rule(m["pages"] <= purpose["pages"], "grant.budget")
        rule(self.clock < m["expires"] <= purpose["ends"], "grant.expires")
        rule(is_good_key(m["job"]) and self.roles.get(m["job"], "job") == "job", "grant.job")
        self.roles[m["job"]] = "job"
        self.grants[name] = m | {"live": self.clock + purpose["notice"]}
    def release(self, name, m):
        grant, day = self.grants[m["grant"]], self.clock // DAY
        rule(not any(self.halts.values()), "halted")
        rule(self.clock < grant["expires"], "release.grant")
        rule(self.clock >= grant["live"], "release.notice")
        rule(purpose := self.live(grant["purpose"]), "release.purpose")
        for part in m["consents"]:
            consent = self.consents.get(part["consent"])
            rule(consent and consent["purpose"] == grant["purpose"], "release.consent")
            self.unended(consent["pseudonym"])
            rule(self.clock < consent["expires"], "consent.expired")
            rule(not consent.get("ended"), "consent.ended")
            weeks = [int.from_bytes(i[12:], "big") for i in part["ids"] if not any(i[:12])]
            monday = lambda week: (week + 3) % 7 == 0 or week == 0 and self.terms.m["version"] == 1
            rule(all(monday(w) and grant["from"] - 6 <= w <= grant["to"] for w in weeks), "release.week")
        count = sum(len(part["ids"]) for part in m["consents"])
        limits = {(m["grant"], day): grant["pages"], (grant["purpose"], day): purpose["pages"]}
        rule(all(self.spent.get(key, 0) + count <= limit for key, limit in limits.items()), "release.budget")
        self.spent |= {key: self.spent.get(key, 0) + count for key in limits}
