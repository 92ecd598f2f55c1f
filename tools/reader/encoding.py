"""Bytes, canonical JSON and signed notes, as in Formats.md."""

import base64
import hashlib
import json

import nacl.bindings
import nacl.exceptions
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Bad(Exception):
    """Something is not what its format page says. `code` is the exit status."""

    def __init__(self, message, code=65):
        super().__init__(message)
        self.code = code


def need(condition, message):
    if not condition:
        raise Bad(message)


def D(use):
    return b"coffer/v1/" + use.encode() + b"\0"


def u(value, size):
    return value.to_bytes(size, "big")


def lp(value):
    value = value.encode() if isinstance(value, str) else value
    return u(len(value), 2) + value


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unhex(text, size=32):
    need(isinstance(text, str) and len(text) == 2 * size and set(text) <= set("0123456789abcdef"), "not hex")
    return bytes.fromhex(text)


def b64(value):
    return base64.b64encode(value).decode()


def unb64(text, size=None):
    try:
        value = base64.b64decode(text, validate=True)
        need(b64(value) == text and size in (None, len(value)), "not canonical base64")
        return value
    except (ValueError, TypeError):
        raise Bad("not canonical base64") from None


class Reader:
    """Takes a structure apart from its beginning."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def u(self, size):
        return int.from_bytes(self.take(size), "big")

    def lp(self):
        return self.take(self.u(2))

    def text(self):
        try:
            return self.lp().decode()
        except UnicodeDecodeError:
            raise Bad("not UTF-8") from None

    def left(self):
        return self.data[self.at :]

    def end(self):
        need(self.at == len(self.data), "bytes after the end")

    def zeros(self):
        need(not any(self.left()), "padding is not zero")


def encode_json(value, depth=0):
    """The one encoding of a value."""
    need(depth < 16, "JSON is nested too deep")
    if value is True or value is False:
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
    """A value that re-encodes to exactly these bytes."""
    try:
        value = json.loads(data.decode())
        need(encode_json(value).encode() == data, "JSON is not canonical")
        return value
    except (ValueError, RecursionError):
        raise Bad("not JSON") from None


def members(value, names):
    need(isinstance(value, dict) and list(value) == names.split(), "members are not " + names)
    return list(value.values())


def verifies(key, signature, message):
    """libsodium 1.0.18's rule. Later libsodiums refuse small orders but forgive cofactors; OpenSSL compares bytes."""
    try:
        nacl.bindings.crypto_sign_open(signature + message, key)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return len(signature) == 64
    except (InvalidSignature, ValueError, nacl.exceptions.CryptoError):
        return False


def is_good_key(key):
    """Canonical and in the prime-order subgroup."""
    return nacl.bindings.crypto_core_ed25519_is_valid_point(key)


def key_id(name, kind, key):
    return sha256(name.encode(), b"\n", bytes([kind]), key)[:4]


def is_name(name):
    return 0 < len(name.encode()) <= 255 and not any(c.isspace() or c == "+" or c < " " for c in name)


def parse_note(data):
    """(text, [(name, key id, signature)])"""
    need(len(data) <= 65_527, "the note is too large")
    try:
        note = data.decode()
    except UnicodeDecodeError:
        raise Bad("the note is not UTF-8") from None
    need(note.endswith("\n") and not any(c < " " and c != "\n" for c in note), "the note has control characters")
    text, blank, lines = note.rpartition("\n\n")
    need(blank and text, "the note has no signatures")
    lines = lines[:-1].split("\n")
    need(len(lines) <= 64, "the note has too many signatures")
    signatures = []
    for line in lines:
        fields = line.split(" ")
        need(len(fields) == 3 and fields[0] == "\u2014" and is_name(fields[1]), "a signature line is malformed")
        blob = unb64(fields[2])
        need(len(blob) > 4, "a signature line is malformed")
        signatures.append((fields[1], blob[:4], blob[4:]))
    return (text + "\n").encode(), signatures


def signers(text, signatures):
    """The keys, named by their hex, whose type 01 lines verify; all that name one must."""
    found = set()
    for name, number, signature in signatures:
        try:
            key = unhex(name)
        except Bad:
            continue
        if number == key_id(name, 1, key):
            need(verifies(key, signature, text), "a signature does not verify")
            need(key not in found, "a key signed twice")
            found.add(key)
    return found


def statement_hash(text):
    return sha256(D("statement"), text)
