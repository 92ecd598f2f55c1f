"""The state of a ledger and `apply`. Statements.md; the names of the rules are the page's."""
import re
from encoding import Bad, D, Reader, is_good_key, members, need, parse_json, parse_note, sha256, signers, unb64, unhex
from opening import DAY, KINDS

OFFICER = "name:text255 key:hash side:side"
TERMS = """demo:bool version:int ledger:ledger groups:group*14 witnesses:witness*64 reviewers:officer*64 halters:officer*64
 desk:desk quorums:quorums rate:int minimumWindow:int minimumNotice:int tolerance:int freshness:int lake:text2048"""
STOPPING = "origin:text255 id:bytes16 "
STARTING = STOPPING + "until:int "
SPECS = {
    "ledger": "key:hash url:text2048", "group": "name:text64 threshold:int255 brokers:broker*14",
    "broker": "name:text255 operator:text255 side:side note:hash cosigner:hash sealing:bytes1216 url:text2048",
    "witness": "name:text255 key:hash url:text2048", "officer": OFFICER, "desk": OFFICER + " url:text2048",
    "quorums": "review:int64 resume:int64", "part": "consent:hash ids:ids"}
TYPES = {
    "charter": STARTING + TERMS, "amend": "amends:hash " + STARTING + TERMS + " notice:int ends:bool",
    "enrol": STARTING + "charter:hash pseudonyms:hashes500", "dismiss": STOPPING + "pseudonyms:hashes500",
    "purpose": STARTING + """name:text255 text:text16384 basis:text1024 owner:text255 kinds:kinds apps:apps
 outputs:text1024 notice:int pages:int ends:int""",
    "withdraw": STOPPING + "purpose:hash",
    "consent": STARTING + "pseudonym:hash purpose:hash roster:hash subkeys:hash scope:hash window:int expires:int",
    "revoke": STOPPING + "pseudonym:hash", "erase": STOPPING + "pseudonym:hash consent:hash pages:ids",
    "grant": STARTING + "purpose:hash job:hash kinds:kinds apps:apps from:day to:day pages:int expires:int",
    "release": STARTING + "grant:hash recipient:bytes1216 consents:part*128",
    "outcome": STARTING + "grant:hash model:hash keptUntil:int disposed:bool",
    "destroyed": STARTING + "broker:hash size:int", "halt": STOPPING, "resume": STARTING + "halts:hashes256"}

def ascending(values, most):
    need(0 < len(values) <= most and all(a < b for a, b in zip(values, values[1:])), "a list is empty or out of order")
    return values

def shape(code, value):
    """A member's value in Python's types; Bad unless it has the type that the code names."""
    name, limit = re.fullmatch(r"([a-z]+)\*?(\d*)", code).groups()
    limit = int(limit or {"day": 0xFFFFFFFF, "kinds": 6, "apps": 256}.get(name, 0xFFFFFFFFFFFFFF))
    if name in ("hash", "bytes"):
        return unhex(value) if name == "hash" else unb64(value, limit)
    if name == "ids":
        blob = unb64(value)
        need(len(blob) % 16 == 0, "ids have not 16 bytes")
        return ascending([blob[i : i + 16] for i in range(0, len(blob), 16)], limit)
    if "*" in code or name in ("kinds", "apps", "hashes"):
        need(isinstance(value, list) and len(value) <= limit, "not an array, or too long")
        found = [shape("hash" if name == "hashes" else name.removesuffix("s") if "*" not in code else name, v) for v in value]
        return found if "*" in code else ascending(found, limit)
    if name in SPECS:
        return fields(SPECS[name], value)
    if name in ("int", "day", "bool"):
        need(type(value) is (bool if name == "bool" else int) and value <= limit, "not a number or bool in its bounds")
        return value
    need(isinstance(value, str) and len(value.encode()) <= limit, "not a string in its bounds")
    need(name != "side" or value in ("company", "employees"), "not a side")
    need(name != "kind" or value in KINDS, "not a kind")
    need(name != "app" or re.fullmatch(r"[a-z0-9._-]{1,64}", value), "not an app")
    return value

def fields(spec, value):
    pairs = [pair.split(":") for pair in spec.split()]
    return {n: shape(code, v) for (n, code), v in zip(pairs, members(value, " ".join(n for n, _ in pairs)))}

def parse(text):
    head, _, body = text[:-1].partition(b"\n")
    kind = head.decode().removeprefix("coffer/v1/")
    need(head.startswith(b"coffer/v1/") and kind in TYPES, "not a statement")
    statement = fields(TYPES[kind], parse_json(body))
    need(kind != "release" or (statement["consents"] and sum(len(p["ids"]) for p in statement["consents"]) <= 1000), "ids")
    need(kind != "release" or ascending([p["consent"] for p in statement["consents"]], 128), "consents")
    return kind, statement

class Refused(Exception):
    pass

def rule(condition, name):
    if not condition:
        raise Refused(name)

class Terms:
    """Who is who under a charter or an amendment."""
    def __init__(self, m):
        self.m, brokers = m, [broker for group in m["groups"] for broker in group["brokers"]]
        self.ledger, self.desk = m["ledger"]["key"], m["desk"]["key"]
        self.reviewers = {officer["key"]: officer["side"] for officer in m["reviewers"]}
        self.halters = {officer["key"]: officer["side"] for officer in m["halters"]}
        self.cosigners = [(b["name"], b["cosigner"]) for b in brokers] + [(w["name"], w["key"]) for w in m["witnesses"]]
        self.roles = [(self.ledger, "ledger"), (self.desk, "desk")] + [(b["note"], "broker") for b in brokers]
        self.roles += [(o["key"], "reviewer") for o in m["reviewers"]] + [(o["key"], "halter") for o in m["halters"]]
        self.signing = {key for key, _ in self.roles}
        self.roles += [(key, "cosigner") for _, key in self.cosigners]

    def check(self):
        m, groups, of = self.m, self.m["groups"], {}
        rule(m["version"] == 1, "charter.version")
        sizes = [(len(g["brokers"]), g["threshold"]) for g in groups]
        good = all(0 < n <= 7 and n < 2 * t and t <= n for n, t in sizes) and all(g["name"] for g in groups)
        rule(groups and good and sum(n for n, _ in sizes) <= 14, "charter.threshold")
        rule(len({g["name"] for g in groups}) == len(groups), "charter.names")
        operators = [(b["operator"], g["name"]) for g in groups for b in g["brokers"]]
        rule(all(of.setdefault(operator, name) == name for operator, name in operators), "charter.operator")
        rule(m["witnesses"], "charter.witnesses")
        names = {name for name, _ in self.cosigners if re.fullmatch(r"[^\s+\x00-\x1f]{1,255}", name)}
        rule(len(names) == len(self.cosigners), "charter.names")
        rule(m["desk"]["side"] == "employees", "charter.desk")
        quorums = all(1 <= count <= len(m["reviewers"]) for count in m["quorums"].values())
        rule(quorums and "employees" in self.reviewers.values() and self.halters, "charter.quorums")
        rule(not m["demo"] or m["minimumWindow"] == m["minimumNotice"] == 0, "charter.demo")
        keys = [key for key, _ in self.roles]
        rule(len(set(keys)) == len(keys) and all(map(is_good_key, keys)), "charter.keys")

class State:
    """Everything that accepted entries have set."""
    def __init__(self, origin, pin):
        self.origin, self.pin, self.clock, self.size = origin, pin, 0, 0
        self.terms = self.in_force = self.roster = self.pending = None
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
        except Bad:
            return "malformed"
        try:
            name = sha256(D("statement"), text)
            rule(name == self.pin and self.size == 1 if kind == "charter" else self.terms, "charter.pin")
            rule(m["origin"] == self.origin, "origin")
            rule(name not in self.accepted, "duplicate")
            rule(m.get("until", self.clock) >= self.clock, "until.past")
            span = {"consent": DAY, "release": DAY // 24}.get(kind, 7 * DAY)
            rule(m.get("until", self.clock) <= self.clock + span, "until.far")
            self.signed(kind, m, text, lines)
            getattr(self, kind, lambda *_: None)(name, m)
            self.accepted.add(name)
        except Refused as refusal:
            return str(refusal)

    def signed(self, kind, m, text, lines):
        """Checks the lines against the keys that must sign and the quorums: (members with sides, count, employees?)."""
        terms = Terms(m) if kind == "charter" else self.terms
        review, required, quorums = (terms.reviewers, terms.m["quorums"]["review"], True), set(), []
        if kind == "charter":
            required = terms.signing
        elif kind == "amend":
            required = Terms(m).signing - terms.signing | {terms.ledger, terms.desk}
            quorums = [review, (terms.halters, 1, False)]
            quorums += [({b["note"]: b["side"] for b in g["brokers"]}, g["threshold"], False) for g in terms.m["groups"]]
        elif kind in ("enrol", "dismiss"):
            required = {terms.desk}
        elif kind in ("consent", "revoke", "erase"):
            required = {m["pseudonym"]}
        elif kind in ("release", "outcome"):
            rule(m["grant"] in self.grants, kind + ".grant")
            required = {self.grants[m["grant"]]["job"]}
        elif kind == "destroyed":
            rule(self.roles.get(m["broker"]) == "broker", "destroyed.broker")
            required = {m["broker"]}
        elif kind == "halt":
            quorums = [(terms.halters, 1, False)]
        else:
            required = {m["job"]} if kind == "grant" else set()
            quorums = [(terms.reviewers, terms.m["quorums"]["resume"], True) if kind == "resume" else review]
        allowed = {key.hex() for key in required.union(*(of for of, _, _ in quorums))}
        rule(allowed.issuperset(name for name, _, _ in lines), "signature")
        try:
            found = signers(text, lines)
        except Bad:
            raise Refused("signature") from None
        rule(len(found) == len(lines), "signature")
        rule(required <= found, "quorum")
        for of, count, employees in quorums:
            sides = [of[key] for key in found if key in of]
            rule(len(sides) >= count and (not employees or "employees" in sides), "quorum")

    def enforce(self, name, m):
        if not self.terms or self.terms.m["groups"] != m["groups"]:
            self.roster = name
            for consent in self.consents.values() if m.get("ends") else ():
                consent["ended"] = True
        self.terms, self.in_force = Terms(m), name
        self.roles |= dict(self.terms.roles)

    def live(self, purpose):
        found = self.purposes.get(purpose)
        return found if found and purpose not in self.withdrawn and self.clock < found["ends"] else None

    def charter(self, name, m):
        Terms(m).check()
        self.enforce(name, m)

    def amend(self, name, m):
        terms = Terms(m)
        rule(m["amends"] == self.in_force, "amend.amends")
        rule(not self.pending, "amend.pending")
        terms.check()
        rule(all(self.roles.get(key, role) == role for key, role in terms.roles), "charter.keys")
        self.pending = self.clock + max(m["notice"], self.terms.m["minimumNotice"]), name, m

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

    def resume(self, name, m):
        rule(all(halt in self.halts for halt in m["halts"]), "resume.halts")
        self.halts |= dict.fromkeys(m["halts"], False)

    def destroyed(self, name, m):
        rule(m["size"] < self.size, "destroyed.size")

    def purpose(self, name, m):
        rule(m["notice"] >= self.terms.m["minimumNotice"], "purpose.notice")
        rule(m["ends"] > self.clock, "purpose.ends")
        rule(name not in self.withdrawn, "withdrawn")
        self.purposes[name] = m

    def consent(self, name, m):
        pseudonym = m["pseudonym"]
        rule(pseudonym in self.enrolled, "consent.pseudonym")
        rule(pseudonym not in self.revoked, "revoked")
        rule(pseudonym not in self.dismissed, "dismissed")
        rule(all(other["pseudonym"] != pseudonym for other in self.consents.values()), "consent.once")
        rule(self.live(m["purpose"]), "consent.purpose")
        rule(m["roster"] == self.roster, "consent.roster")
        rule(m["window"] >= self.terms.m["minimumWindow"], "consent.window")
        rule(self.clock < m["expires"] <= self.clock + 90 * DAY, "consent.expires")
        self.consents[name] = m

    def grant(self, name, m):
        purpose = self.live(m["purpose"])
        rule(purpose, "grant.purpose")
        rule(set(m["kinds"]) <= set(purpose["kinds"]), "grant.kind")
        rule(set(m["apps"]) <= set(purpose["apps"]), "grant.app")
        rule(m["from"] <= m["to"], "grant.days")
        rule(m["pages"] <= purpose["pages"], "grant.budget")
        rule(self.clock < m["expires"] <= purpose["ends"], "grant.expires")
        rule(is_good_key(m["job"]) and self.roles.get(m["job"], "job") == "job", "grant.job")
        self.roles[m["job"]] = "job"
        self.grants[name] = m | {"live": self.clock + purpose["notice"]}

    def release(self, name, m):
        grant = self.grants[m["grant"]]
        rule(not any(self.halts.values()), "halted")
        rule(self.clock < grant["expires"], "release.grant")
        rule(self.clock >= grant["live"], "release.notice")
        purpose = self.live(grant["purpose"])
        rule(purpose, "release.purpose")
        for part in m["consents"]:
            consent = self.consents.get(part["consent"])
            rule(consent and consent["purpose"] == grant["purpose"], "release.consent")
            rule(consent["pseudonym"] not in self.revoked, "revoked")
            rule(consent["pseudonym"] not in self.dismissed, "dismissed")
            rule(self.clock < consent["expires"], "consent.expired")
            rule("ended" not in consent, "consent.ended")
            for monday in (int.from_bytes(i[12:], "big") for i in part["ids"] if not any(i[:12])):
                week = (monday + 3) % 7 == 0 and monday <= grant["to"] and monday + 6 >= grant["from"]
                rule(week, "release.week")
        count, day = sum(len(part["ids"]) for part in m["consents"]), self.clock // DAY
        limits = {(m["grant"], day): grant["pages"], (grant["purpose"], day): purpose["pages"]}
        rule(all(self.spent.get(key, 0) + count <= limit for key, limit in limits.items()), "release.budget")
        self.spent |= {key: self.spent.get(key, 0) + count for key in limits}
