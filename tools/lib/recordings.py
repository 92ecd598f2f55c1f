"""Recordings of a day, for tools/bench: words.jsonl of prompts and terminals, and sights.jsonl of full-HD screens, each
followed by a key. Every screen is another one, of text on a background: what compresses least of a day's work.

    recordings.py FOLDER MEGABYTES FRAMES"""
import json
import random
import struct
import sys
import time
import zlib

WIDTH, HEIGHT, STRIP = 1920, 1080, 16
folder, megabytes, frames = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rand = random.Random(17)
day = (int(time.time()) // 86400 - 2) * 86_400_000
words = (
    "the build of a module imports what is below it and nothing else, \"so\" its tests run first; naïve café — €5 "
    "fn main() { let x = 'a\\n'; }"
).split(" ")


def prose(length):
    parts, size = [], 0
    while size < length:
        word = rand.choice(words)
        parts.append(word + (" " if rand.random() < 0.9 else "\n"))
        size += len(word) + 1
    return "".join(parts)


def lines(name, records):
    with open(f"{folder}/{name}.jsonl", "w") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def prompts_and_terminals():
    prompts = [prose(rand.choice([300, 2000, 8000])) for _ in range(300)]
    output = ["\x1b[1;32m%s\x1b[0m %s\r\n" % (rand.choice(words), prose(60).replace("\n", " ")) for _ in range(2000)]
    at, size = day + 3_600_000, 0
    while size < megabytes << 20:
        if rand.random() < 0.5:
            at += 200
            text = rand.choice(prompts)
            yield {"t": at, "kind": "prompt", "app": "chat", "role": rand.choice(["user", "assistant"]), "text": text}
        else:
            at += rand.choice([50, 100, 1100])
            text = "".join(rand.choice(output) for _ in range(rand.choice([1, 5, 40])))
            yield {"t": at, "kind": "terminal", "app": "xterm", "type": "output", "text": text}
        size += len(text)


def strip():
    """Some rows of pixels, three tenths of them of one of 56 greys, each after the number of its filter."""
    greys = bytes(30 if value < 200 else value * 37 & 255 for value in range(256))
    pixels = rand.randbytes(WIDTH * STRIP).translate(greys)
    rows = bytearray(3 * len(pixels))
    for colour in range(3):
        rows[colour::3] = pixels
    length = WIDTH * 3
    return b"".join(b"\0" + rows[at : at + length] for at in range(0, len(rows), length))


def png(rows):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def screens():
    strips = [strip() for _ in range(90)]
    for number in range(frames):
        rows = b"".join(rand.choice(strips) for _ in range(HEIGHT // STRIP + 1))[: HEIGHT * (WIDTH * 3 + 1)]
        with open(f"{folder}/{number}.png", "wb") as file:
            file.write(png(rows))
        at = day + 36_000_000 + 5000 * number
        yield {"t": at, "kind": "screen", "app": "code", "image": f"{number}.png"}
        yield {"t": at + 500, "kind": "keys", "app": "code", "type": "press", "key": "Return", "source": "device"}


lines("words", prompts_and_terminals())
lines("sights", screens())
