"""Looks for canaries in bytes, as they are and in every form that can be undone without a key.

search.py FOLDER   writes a control there: one canary in each form, a file for each
"""
import base64
import binascii
import bz2
import gzip
import lzma
import os
import re
import sys
import zlib

import pyarrow

CANARY = re.compile(rb"canary-[0-9a-f]{24}")
WIDE = re.compile(rb"(?:[ -~]\0){31,}")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}")
HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){31,}")
PACKED = {
    "gzip": (re.compile(rb"\x1f\x8b\x08"), lambda: zlib.decompressobj(31)),
    "zlib": (re.compile(rb"\x78[\x01\x5e\x9c\xda]"), zlib.decompressobj),
    "bzip2": (re.compile(rb"BZh[1-9]"), bz2.BZ2Decompressor),
    "xz": (re.compile(rb"\xfd7zXZ\0"), lzma.LZMADecompressor),
}
ZSTD = re.compile(rb"\x28\xb5\x2f\xfd")
MOST = 64 << 20


def unpacked(data):
    """Each form in which something can be read out of these bytes: its name, and what was read."""
    for match in WIDE.finditer(data):
        yield "utf-16", match[0][::2]
    for match in HEX.finditer(data):
        yield "hex", binascii.unhexlify(match[0])
    for match in BASE64.finditer(data):
        text = match[0].replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            part = text[start:]
            yield "base64", base64.b64decode(part[:len(part) // 4 * 4])
    for name, (mark, decoder) in PACKED.items():
        for match in mark.finditer(data):
            try:
                yield name, decoder().decompress(data[match.start():], MOST)
            except (zlib.error, OSError, EOFError, lzma.LZMAError):
                continue
    for match in ZSTD.finditer(data):
        try:
            yield "zstd", pyarrow.CompressedInputStream(pyarrow.BufferReader(data[match.start():]), "zstd").read(MOST)
        except OSError:
            continue
    try:
        yield "deflate", zlib.decompressobj(-15).decompress(data, MOST)
    except zlib.error:
        pass


def canaries(data, form="", depth=2):
    """Pairs of a canary and the form in which it was found; `plain` if it was found as it is."""
    for match in CANARY.finditer(data):
        yield match[0].decode(), form or "plain"
    if depth:
        for name, content in unpacked(data):
            yield from canaries(content, f"{form} {name}".strip(), depth - 1)


def forms_of(canary):
    """The same canary in each form, with other bytes around it: a search that works finds it in all of them."""
    text = f"before {canary} after".encode()
    deflate = zlib.compressobj(wbits=-15)
    zstd = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(zstd, "zstd") as out:
        out.write(text)
    return {
        "plain": text,
        "utf-16": text.decode().encode("utf-16le"),
        "hex": text.hex().encode(),
        "base64": b"?" + base64.b64encode(b"x" + text),
        "gzip": gzip.compress(text),
        "zlib": b"head" + zlib.compress(text),
        "bzip2": bz2.compress(text),
        "xz": lzma.compress(text),
        "deflate": deflate.compress(text) + deflate.flush(),
        "zstd": zstd.getvalue().to_pybytes(),
        "base64 gzip": base64.b64encode(gzip.compress(text)),
    }


if __name__ == "__main__":
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, content in forms_of(f"canary-{os.urandom(12).hex()}").items():
        with open(f"{sys.argv[1]}/{name}", "wb") as file:
            file.write(content)
