"""Reads what a job and a broker say in a session, with the private keys of both: AskAndAnswer.md, "A session"."""
import hashlib
import hmac
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from encoding import D, Reader, key_id, members, need, parse_json, parse_note, sha256, statement_hash, u, unb64, unhex, verifies
from opening import decrypt, x_wing

ENCAPSULATED = 1120
SUITE_ID = b"HPKE" + u(0x647A, 2) + u(1, 2) + u(2, 2)  # X-Wing, HKDF-SHA-256, AES-256-GCM

def decapsulate(seed, encapsulated):
    """X-Wing: SHA3-256 of both shared secrets, the X25519 part of the ciphertext, the recipient's, and the label."""
    need(len(encapsulated) == ENCAPSULATED, "the encapsulated key has another length")
    material = hashlib.shake_256(seed).digest(96)
    curve = X25519PrivateKey.from_private_bytes(material[64:])
    lattice = MLKEM768PrivateKey.from_seed_bytes(material[:64]).decapsulate(encapsulated[:1088])
    shared = curve.exchange(X25519PublicKey.from_public_bytes(encapsulated[1088:]))
    own = curve.public_key().public_bytes_raw()
    return hashlib.sha3_256(lattice + shared + encapsulated[1088:] + own + b"\\.//^\\").digest()

class Context:
    """HPKE in base mode for many messages: RFC 9180, 5.1 and 5.2. Each opens once, in the order of their sealing."""
    def __init__(self, secret, info):
        schedule = b"\0" + self.extract(b"", b"psk_id_hash", b"") + self.extract(b"", b"info_hash", info)
        prk = self.extract(secret, b"secret", b"")
        self.key, self.nonce = self.expand(prk, b"key", schedule, 32), self.expand(prk, b"base_nonce", schedule, 12)
        self.sequence = 0

    @staticmethod
    def extract(salt, label, value):
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + SUITE_ID + label + value, "sha256")

    @staticmethod
    def expand(prk, label, info, size):
        return HKDFExpand(hashes.SHA256(), size, u(size, 2) + b"HPKE-v1" + SUITE_ID + label + info).derive(prk)

    def next_nonce(self):
        self.sequence += 1
        return u(int.from_bytes(self.nonce, "big") ^ self.sequence - 1, 12)

    def open(self, message): return decrypt(self.key, self.next_nonce(), message)

def parse_text(text, kind, names):
    head, _, body = text.partition(b"\n")
    need(head == b"coffer/v1/" + kind.encode() and body.endswith(b"\n"), "the text has another type")
    return members(parse_json(body[:-1]), names)

def signed_text(note, key, kind, names):
    """The members of a note with exactly one signature, by this key."""
    text, signatures = parse_note(note)
    need(len(signatures) == 1, "not exactly one signature")
    name, identifier, signature = signatures[0]
    need(name == key.hex() and identifier == key_id(name, 1, key), "the signature is by another key")
    need(verifies(key, signature, text), "the signature does not verify")
    return text, parse_text(text, kind, names)

class Session:
    """Both directions, from the bodies that pass. `broker` and `recipient` are X-Wing seeds, `job` and `note_key` keys."""
    def __init__(self, origin, opening, reply, broker, recipient, job, note_key):
        self.origin, self.note_key = origin, note_key
        release, enc = opening[:32], opening[32 : 32 + ENCAPSULATED]
        (_, sealing), (_, public) = x_wing(broker), x_wing(recipient)
        self.asks = Context(decapsulate(broker, enc), D("asks") + origin.encode() + release + sealing)
        note = self.asks.open(opening[32 + ENCAPSULATED :])
        text, named = signed_text(note, job, "session-opening", "origin release broker enc recipient")
        need(named[0] == origin and unhex(named[1]) == release, "the opening is about another release")
        need(unhex(named[2]) == note_key and unhex(named[3]) == sha256(enc), "the opening is made for another broker")
        need(unb64(named[4], 1216) == public, "the opening names another recipient")
        self.id, enc = statement_hash(text), reply[:ENCAPSULATED]
        self.answers = Context(decapsulate(recipient, enc), D("answers") + origin.encode() + release + public)
        self.transcript = sha256(D("transcript"), self.id, sha256(enc))
        self.tree = None
        _, partials = self.answer(reply[ENCAPSULATED:])
        need(self.tree and not partials, "the opening's answer has no head, or partials")

    def answer(self, message, text=None):
        """(the head's text or nothing, the partials)"""
        reader = Reader(self.answers.open(message))
        note = reader.take(reader.u(4))
        partials = reader.rest()
        if text is not None:
            self.transcript = sha256(D("transcript"), self.transcript, sha256(text), sha256(partials))
        if not note:
            return b"", partials
        head, found = signed_text(note, self.note_key, "session", "origin session broker size root transcript")
        need(found[:3] == [self.origin, self.id.hex(), self.note_key.hex()], "the head is of another session")
        need(unb64(found[5], 32) == self.transcript, "the head has another transcript")
        self.tree = found[3], unb64(found[4], 32)
        return head, partials

    def exchange(self, body, reply):
        """(the message's text, the head's text or nothing, the partials)"""
        need(body[:32] == self.id, "the message is for another session")
        text = self.asks.open(body[32:])
        if text.startswith(b"coffer/v1/session-close\n"):
            parse_text(text, "session-close", "")
        else:
            parse_text(text, "session-ask", "positions")
        return (text, *self.answer(reply, text))
