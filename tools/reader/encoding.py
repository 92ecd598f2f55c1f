"""Bytes, canonical JSON and signed notes: Formats.md."""
import base64
import hashlib
import json
import nacl.bindings
import nacl.exceptions
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

is_good_key = nacl.bindings.crypto_core_ed25519_is_valid_point  # canonical and in the prime-order subgroup

def is_good_sealing_key(key):
    """X-Wing's: ML-KEM's numbers of 12 bits are below its prime, and X25519's point is not of small order."""
    bits = int.from_bytes(key[:1152], "little")
    try:
        nacl.bindings.crypto_scalarmult(bytes([1]) * 32, key[1184:])
        return all(bits >> 12 * i & 0xFFF < 3329 for i in range(768))
    except (RuntimeError, nacl.exceptions.CryptoError):
        return False

class Bad(Exception):
    """Input that differs from its format page: a sentence, and the exit status if it is not 65."""

def need(condition, message):
    if not condition:
        raise Bad(message)

def attempt(message, call, *arguments, **options):
    try:
        return call(*arguments, **options)
    except (ValueError, TypeError, RecursionError, InvalidTag):
        raise Bad(message) from None

def utf8(data): return attempt("not UTF-8", data.decode)
def D(use): return b"coffer/v1/" + use.encode() + b"\0"
def u(value, size): return value.to_bytes(size, "big")
def lp(text): return u(len(text.encode()), 2) + text.encode()
def sha256(*parts): return hashlib.sha256(b"".join(parts)).digest()
def statement_hash(text): return sha256(D("statement"), text)
def key_id(name, kind, key): return sha256(name.encode(), b"\n", bytes([kind]), key)[:4]

def unhex(text, size=32):
    need(isinstance(text, str) and len(text) == 2 * size and set(text) <= set("0123456789abcdef"), "not hex")
    return bytes.fromhex(text)

def unb64(text, size=None):
    value = attempt("not base64", base64.b64decode, text, validate=True)
    need(base64.b64encode(value).decode() == text and size in (None, len(value)), "not canonical base64")
    return value

class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0
    def take(self, count):
        need(self.at + count <= len(self.data), "cut short")
        self.at += count
        return self.data[self.at - count : self.at]
    def u(self, size): return int.from_bytes(self.take(size), "big")
    def lp(self): return self.take(self.u(2))
    def text(self): return utf8(self.lp())
    def more(self): return self.at < len(self.data)
    def rest(self): return self.take(len(self.data) - self.at)
    def end(self): need(not self.more(), "bytes after the end")

def encode_json(value, depth=0):
    need(depth < 16, "JSON is nested too deep")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and 0 <= value < 1 << 53:
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, list):
        return "[" + ",".join(encode_json(item, depth + 1) for item in value) + "]"
    need(isinstance(value, dict), "JSON has a value of no allowed type")
    return "{" + ",".join(encode_json(k) + ":" + encode_json(v, depth + 1) for k, v in value.items()) + "}"

def parse_json(data):
    """A value that encodes to exactly these bytes again. So no name stands twice."""
    value = attempt("not JSON", json.loads, utf8(data))
    need(attempt("not JSON", encode_json(value).encode) == data, "JSON is not canonical")
    return value

def members(value, names):
    need(isinstance(value, dict) and list(value) == names.split(), f"the members are not {names}")
    return list(value.values())

def verifies(key, signature, message):
    """libsodium 1.0.18's rule. Later versions refuse small orders but accept cofactors; OpenSSL compares bytes."""
    try:
        nacl.bindings.crypto_sign_open(signature + message, key)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return len(signature) == 64
    except (InvalidSignature, ValueError, nacl.exceptions.CryptoError):
        return False

def parse_note(data):
    """(text, [(name, key id, signature)])"""
    need(len(data) <= 65_527, "the note is too large")
    note, signatures = utf8(data), []
    need(note.endswith("\n") and not any(c < " " and c != "\n" for c in note), "the note has control characters")
    text, _, lines = note[:-1].rpartition("\n\n")
    for line in lines.split("\n"):
        fields = line.split(" ")
        need(text and len(fields) == 3 and fields[0] == "\u2014" and 0 < len(fields[1].encode()) <= 255
             and not any(c.isspace() or c == "+" for c in fields[1]), "a signature line is malformed")
        blob = unb64(fields[2])
        need(len(blob) > 4 and len(signatures) < 64, "a signature line is malformed, or one too many")
        signatures.append((fields[1], blob[:4], blob[4:]))
    return (text + "\n").encode(), signatures
