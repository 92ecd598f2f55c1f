"""A ledger's directory: entries, tiles, the head and its cosignatures, as in Ledger.md."""
from encoding import Bad, Reader, key_id, need, parse_note, sha256, verifies

WIDTH = 256

def leaf(entry):
    return sha256(b"\0", entry)

def root(hashes):
    """RFC 6962's tree head over these leaf hashes."""
    if not hashes:
        return sha256()
    while len(hashes) > 1:
        paired = [sha256(b"\1", *hashes[i : i + 2]) for i in range(0, len(hashes) - 1, 2)]
        hashes = paired + hashes[len(paired) * 2 :]
    return hashes[0]

def path(level, number, width):
    groups = f"{number % 1000:03}"
    while number := number // 1000:
        groups = f"x{number % 1000:03}/{groups}"
    return f"tile/{level}/{groups}" + (f".p/{width}" if width < WIDTH else "")

def read(directory, name):
    try:
        return (directory / name).read_bytes()
    except OSError as error:
        raise Bad(f"{name}: {error.strerror}", 66) from None

def read_tile(directory, level, number, width):
    """A partial tile, or where it is gone the full one that replaced it."""
    name = path(level, number, width)
    if width < WIDTH and not (directory / name).exists():
        name = path(level, number, WIDTH)
    return read(directory, name)

def entries(directory, size):
    for number in range(-(-size // WIDTH)):
        width = min(WIDTH, size - number * WIDTH)
        bundle = Reader(read_tile(directory, "entries", number, width))
        yield from (bundle.lp() for _ in range(width))

def check_tiles(directory, hashes):
    """Recomputes every tile of the tree over these leaves and compares."""
    level = 0
    while hashes:
        for number in range(-(-len(hashes) // WIDTH)):
            row = b"".join(hashes[number * WIDTH : (number + 1) * WIDTH])
            stored = read_tile(directory, level, number, len(row) // 32)
            need(stored[: len(row)] == row, f"{path(level, number, len(row) // 32)} is not the entries' tile")
        hashes = [root(hashes[i : i + WIDTH]) for i in range(0, len(hashes) - WIDTH + 1, WIDTH)]
        level += 1

def parse_head(text, origin):
    lines = text.decode().split("\n")
    need(len(lines) == 4 and lines[0] == origin, "the head is of another origin, or malformed")
    need(lines[1].isascii() and lines[1].isdigit() and str(int(lines[1])) == lines[1], "the head's size is malformed")
    return int(lines[1]), lines[2]

def check_head(note, origin, ledger, cosigners):
    """(size, root, how many cosigned) of a head signed by the ledger and a majority of the cosigners."""
    text, signatures = parse_note(note)
    size, head = parse_head(text, origin)
    known = {(origin, key_id(origin, 1, ledger)): (1, ledger)}
    known |= {(key.hex(), key_id(key.hex(), 4, key)): (4, key) for key in cosigners}
    good = set()
    for name, number, signature in signatures:
        kind, key = known.get((name, number), (0, b""))
        message = text
        if kind == 4:
            seconds = Reader(signature[:8]).u(8)
            need(0 < seconds < 1 << 63, "a cosignature's time is out of bounds")
            message, signature = f"cosignature/v1\ntime {seconds}\n".encode() + text, signature[8:]
        if kind:
            need(verifies(key, signature, message), f"the signature of {name} does not verify")
            need((kind, key) not in good, f"{name} signed the head twice")
            good.add((kind, key))
    need((1, ledger) in good, "the ledger has not signed the head")
    count = len(good) - 1
    need(count > len(cosigners) // 2, f"{count} of {len(cosigners)} cosigned the head: no majority")
    return size, head, count
