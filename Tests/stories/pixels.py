"""Counts two colours in PNG files: pixels.py MINE STRANGER FILE… The first must be there, the second in none."""
import struct
import sys
import zlib


def rows(path):
    """The rows of an 8-bit RGB or RGBA PNG, unfiltered, and its bytes a pixel."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", data[at + 8:at + 21])
            assert depth == 8 and colour in (2, 6) and interlace == 0, path
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    step = 3 if colour == 2 else 4
    raw, stride = zlib.decompress(packed), width * step
    above = bytearray(stride)
    for y in range(height):
        how, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        if how == 1:
            for i in range(step, stride):
                row[i] = (row[i] + row[i - step]) & 255
        elif how == 2:
            row = bytearray((a + b) & 255 for a, b in zip(row, above))
        elif how == 3:
            for i in range(stride):
                row[i] = (row[i] + ((row[i - step] if i >= step else 0) + above[i]) // 2) & 255
        elif how == 4:
            for i in range(stride):
                a, b, c = row[i - step] if i >= step else 0, above[i], above[i - step] if i >= step else 0
                p = a + b - c
                near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                row[i] = (row[i] + near) & 255
        above = row
        yield bytes(row), step


def count(path, colour):
    found = 0
    for row, step in rows(path):
        at = row.find(colour)
        while at >= 0:
            if at % step == 0:
                found += 1
            at = row.find(colour, at + 1)
    return found


def main():
    mine, stranger = (bytes.fromhex(colour.lstrip("#")) for colour in sys.argv[1:3])
    files = sys.argv[3:]
    seen = 0
    for file in files:
        seen += count(file, mine)
        if found := count(file, stranger):
            print(f"{found} pixels of the stranger in {file}")
            sys.exit(1)
    if not seen:
        print(f"not one pixel of her own in {len(files)} frames")
        sys.exit(1)
    print(f"{len(files)} frames hold {seen} pixels of hers and 0 of the stranger's")


if __name__ == "__main__":
    main()
