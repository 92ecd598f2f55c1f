"""The state and `apply`, as in Statements.md. `State.apply(entry)` gives None, or the rule that refused."""
import re
from encoding import Bad, Reader, is_good_key, members, parse_json, parse_note, signers, statement_hash, unb64, unhex
from opening import DAY, KINDS

HOUR, WEEK = 3_600_000, 7 * DAY
CHARTER = """origin id until demo version ledger groups witnesses reviewers halters desk quorums rate minimumWindow
 minimumNotice tolerance freshness lake"""
TYPES = {
    "charter": CHARTER,
    "amend": "amends " + CHARTER + " notice ends",
    "enrol": "origin id until charter pseudonyms",
    "dismiss": "origin id pseudonyms",
    "purpose": "origin id until name text basis owner kinds apps outputs notice pages ends",
    "withdraw": "origin id purpose",
    "consent": "origin id until pseudonym purpose roster subkeys scope window expires",
    "revoke": "origin id pseudonym",
    "erase": "origin id pseudonym consent pages",
    "grant": "origin id until purpose job kinds apps from to pages expires",
    "release": "origin id until grant recipient consents",
    "outcome": "origin id until grant model keptUntil disposed",
    "destroyed": "origin id until broker size",
    "halt": "origin id",
    "resume": "origin id until halts",
}
SPANS = {"consent": DAY, "release": HOUR}
STOPPING = ("dismiss", "withdraw", "revoke", "erase", "halt")
HASHES = "charter amends purpose roster subkeys scope consent grant model pseudonym job broker".split()
TEXTS = "origin name text basis owner outputs lake".split()

class Refused(Exception):
    pass

def rule(condition, name):
    if not condition:
        raise Refused(name)

def ascending(values, least=1, most=1 << 16): return least <= len(values) <= most and values == sorted(set(values))
def ids(blob): return [blob[i : i + 16] for i in range(0, len(blob), 16)]

def shape(kind, name, value):
    """The value of a member, checked and taken out of hex or base64."""
    if name in HASHES:
        return unhex(value)
    if name == "id":
        return unb64(value, 16)
    if name == "recipient":
        return unb64(value, 1216)
    if (kind, name) == ("erase", "pages"):
        return ids(unb64(value))
    if name in ("pseudonyms", "halts"):
        return [unhex(item) for item in value]
    if name == "consents":
        pairs = [members(item, "consent ids") for item in value]
        return [(unhex(consent), ids(unb64(blob))) for consent, blob in pairs]
    if name in TEXTS or name in ("kinds", "apps"):
        strings = value if name in ("kinds", "apps") and isinstance(value, list) else [value]
        good = all(isinstance(item, str) for item in strings) and (name in TEXTS or isinstance(value, list))
    elif (kind, name) in (("amend", "ends"), ("outcome", "disposed")) or name == "demo":
        good = isinstance(value, bool)
    elif name in ("ledger", "groups", "witnesses", "reviewers", "halters", "desk", "quorums"):
        good = True
    else:
        good = type(value) is int
    rule(good, "malformed")
    return value

class Charter:
    """The roles of a charter or an amendment."""

    def __init__(self, m):
        self.m, self.keys, sides = m, {}, []
        ledger, _ = members(m["ledger"], "key url")
        self.ledger = unhex(ledger)
        self.keys[self.ledger] = "ledger"
        self.groups, self.cosigners, operators = [], [], {}
        for group in m["groups"]:
            name, threshold, brokers = members(group, "name threshold brokers")
            notes = []
            for broker in brokers:
                _, operator, side, note, cosigner, sealing, _ = members(
                    broker, "name operator side note cosigner sealing url"
                )
                notes.append(unhex(note))
                self.cosigners.append(unhex(cosigner))
                unb64(sealing, 1216)
                sides.append(side)
                rule(operators.setdefault(operator, name) == name, "charter.operator")
            rule(len(notes) // 2 < threshold <= len(notes) <= 7, "charter.threshold")
            self.groups.append((name, threshold, notes))
        witnesses = [unhex(members(item, "name key url")[1]) for item in m["witnesses"]]
        self.cosigners += witnesses
        self.reviewers, self.halters = {}, {}
        for role, found in (("reviewers", self.reviewers), ("halters", self.halters)):
            for item in m[role]:
                _, key, side = members(item, "name key side")
                found[unhex(key)] = side
        _, key, side, _ = members(m["desk"], "name key side url")
        self.desk = unhex(key)
        self.review, self.resume = members(m["quorums"], "review resume")
        sides += [*self.reviewers.values(), *self.halters.values(), side]
        signing = [self.ledger, *(n for g in self.groups for n in g[2]), *self.reviewers, *self.halters, self.desk]
        everyone = signing + self.cosigners
        rule(witnesses and self.groups and set(sides) <= {"company", "employees"}, "charter.shape")
        rule(len(set(everyone)) == len(m["reviewers"]) + len(m["halters"]) + 2 + 2 * len(sides), "charter.keys")
        self.signing = set(signing)

class State:
    """Everything that accepted entries have set."""

    def __init__(self, origin, charter_hash):
        self.origin, self.pin, self.clock, self.size = origin, charter_hash, 0, 0
        self.charter = self.in_force = self.roster = None
        self.accepted, self.pending, self.roles = set(), [], {}
        self.pseudonyms, self.dismissed, self.revoked, self.erased = set(), set(), set(), set()
        self.purposes, self.withdrawn, self.consents, self.grants = {}, set(), {}, {}
        self.consented, self.halts, self.halted, self.spent = set(), {}, set(), {}

    def apply(self, entry):
        """None when accepted, else the rule."""
        self.size += 1
        try:
            reader = Reader(entry)
            self.clock = max(self.clock, reader.u(8))
            self.settle()
            text, lines = parse_note(reader.rest())
            kind, m = self.parse(text)
            name = statement_hash(text)
            rule((kind == "charter") == (self.size == 1) and (kind != "charter" or name == self.pin), "charter.pin")
            rule(m["origin"] == self.origin, "origin")
            rule(name not in self.accepted, "duplicate")
            if kind not in STOPPING:
                rule(m["until"] >= self.clock, "until.past")
                rule(m["until"] <= self.clock + SPANS.get(kind, WEEK), "until.far")
            try:
                signed = signers(text, lines)
            except Bad:
                raise Refused("signature") from None
            getattr(self, kind)(name, m, signed)
            self.accepted.add(name)
            return None
        except Refused as refusal:
            return str(refusal)
        except Bad:
            return "malformed"

    def parse(self, text):
        head, _, body = text[:-1].partition(b"\n")
        kind = head.decode().removeprefix("coffer/v1/")
        rule(head.startswith(b"coffer/v1/") and kind in TYPES, "malformed")
        names = TYPES[kind]
        return kind, {n: shape(kind, n, v) for n, v in zip(names.split(), members(parse_json(body), names))}

    def settle(self):
        """Amendments whose notice has passed take effect."""
        while self.pending and self.pending[0][0] <= self.clock:
            _, name, charter = self.pending.pop(0)
            self.enforce(name, charter)

    def enforce(self, name, charter):
        changed = not self.charter or charter.m["groups"] != self.charter.m["groups"]
        if changed:
            self.roster = name
        if changed and charter.m.get("ends"):
            for consent in self.consents.values():
                consent["expires"] = min(consent["expires"], self.clock)
        self.charter, self.in_force = charter, name
        self.roles |= charter.keys

    def signed_by(self, signed, *keys, reviewers=0):
        """By exactly these keys, and by that many reviewers, one of them on the employees' side."""
        rest = signed - set(keys)
        sides = [self.charter.reviewers.get(key) for key in rest]
        rule(None not in sides, "signature")
        rule(set(keys) <= signed and len(rest) >= reviewers and (not reviewers or "employees" in sides), "quorum")

    def live(self, table, name):
        found = table.get(name)
        return found if found and self.clock < found["expires"] and name not in self.withdrawn else None

    def enrol(self, _, m, signed):
        self.signed_by(signed, self.charter.desk)
        rule(m["charter"] == self.in_force, "enrol.charter")
        keys = m["pseudonyms"]
        rule(ascending(keys, most=500) and all(map(is_good_key, keys)), "enrol.pseudonyms")
        rule(not any(key in self.roles for key in keys), "enrol.known")
        self.pseudonyms |= set(keys)
        self.roles |= dict.fromkeys(keys, "pseudonym")

    def dismiss(self, _, m, signed):
        self.signed_by(signed, self.charter.desk)
        self.dismissed |= set(m["pseudonyms"])

    def purpose(self, name, m, signed):
        self.signed_by(signed, reviewers=self.charter.review)
        rule(ascending(m["kinds"]) and set(m["kinds"]) <= set(KINDS), "purpose.kinds")
        rule(ascending(m["apps"]) and all(re.fullmatch(app) for app in m["apps"]), "purpose.apps")
        rule(m["notice"] >= self.charter.m["minimumNotice"], "purpose.notice")
        rule(m["ends"] > self.clock, "purpose.ends")
        rule(name not in self.withdrawn, "withdrawn")
        self.purposes[name] = m | {"expires": m["ends"]}

    def withdraw(self, _, m, signed):
        self.signed_by(signed, reviewers=self.charter.review)
        self.withdrawn.add(m["purpose"])

    def consent(self, name, m, signed):
        self.signed_by(signed, m["pseudonym"])
        rule(m["pseudonym"] in self.pseudonyms, "consent.pseudonym")
        rule(m["pseudonym"] not in self.revoked, "revoked")
        rule(m["pseudonym"] not in self.dismissed, "dismissed")
        rule(m["pseudonym"] not in self.consented, "consent.once")
        purpose = self.live(self.purposes, m["purpose"])
        rule(purpose, "consent.purpose")
        rule(m["roster"] == self.roster, "consent.roster")
        rule(m["window"] >= self.charter.m["minimumWindow"], "consent.window")
        rule(self.clock < m["expires"] <= self.clock + 90 * DAY, "consent.expires")
        self.consented.add(m["pseudonym"])
        self.consents[name] = dict(m)

    def revoke(self, _, m, signed):
        self.signed_by(signed, m["pseudonym"])
        self.revoked.add(m["pseudonym"])

    def erase(self, _, m, signed):
        self.signed_by(signed, m["pseudonym"])
        rule(ascending(m["pages"]), "erase.pages")
        self.erased |= {(m["consent"], page) for page in m["pages"]}

    def grant(self, name, m, signed):
        self.signed_by(signed, m["job"], reviewers=self.charter.review)
        purpose = self.live(self.purposes, m["purpose"])
        rule(purpose, "grant.purpose")
        rule(ascending(m["kinds"]) and set(m["kinds"]) <= set(purpose["kinds"]), "grant.kind")
        rule(ascending(m["apps"]) and set(m["apps"]) <= set(purpose["apps"]), "grant.app")
        rule(m["from"] <= m["to"], "grant.days")
        rule(m["pages"] <= purpose["pages"], "grant.budget")
        rule(self.clock < m["expires"] <= purpose["ends"], "grant.expires")
        self.roles.setdefault(m["job"], "job")
        self.grants[name] = m | {"live": self.clock + purpose["notice"]}

    def release(self, _, m, signed):
        grant = self.live(self.grants, m["grant"])
        rule(grant, "release.grant")
        self.signed_by(signed, grant["job"])
        rule(not self.halts, "halted")
        rule(self.clock >= grant["live"], "release.notice")
        rule(self.live(self.purposes, grant["purpose"]), "release.purpose")
        names = [consent for consent, _ in m["consents"]]
        rule(ascending(names, most=128), "release.consents")
        rule(all(ascending(pages) for _, pages in m["consents"]), "release.ids")
        count = sum(len(pages) for _, pages in m["consents"])
        rule(count <= 1000, "release.ids")
        for name in names:
            consent = self.live(self.consents, name)
            rule(consent and consent["purpose"] == grant["purpose"], "release.consent")
            rule(consent["pseudonym"] not in self.revoked | self.dismissed, "revoked")
        for key, budget in ((m["grant"], grant["pages"]), (grant["purpose"], self.purposes[grant["purpose"]]["pages"])):
            rule(self.spent.get((key, self.clock // DAY), 0) + count <= budget, "release.budget")
        for key in (m["grant"], grant["purpose"]):
            self.spent[key, self.clock // DAY] = self.spent.get((key, self.clock // DAY), 0) + count

    def outcome(self, _, m, signed):
        rule(m["grant"] in self.grants, "outcome.grant")
        self.signed_by(signed, self.grants[m["grant"]]["job"])

    def destroyed(self, _, m, signed):
        rule(self.charter.keys.get(m["broker"]) == "broker", "destroyed.broker")
        self.signed_by(signed, m["broker"])
        rule(m["size"] < self.size, "destroyed.size")

    def halt(self, name, m, signed):
        rule(len(signed) == 1 and signed <= set(self.charter.halters), "signature")
        self.halts[name] = self.clock

    def resume(self, _, m, signed):
        self.signed_by(signed, reviewers=self.charter.resume)
        rule(ascending(m["halts"]) and set(m["halts"]) <= set(self.halts), "resume.halts")
        for halt in m["halts"]:
            del self.halts[halt]
