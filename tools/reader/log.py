"""A ledger's directory: entries, tiles, the checkpoint and its cosignatures. Ledger.md."""
import pathlib
import re
import sys
from encoding import Bad, Reader, key_id, need, parse_note, sha256, unb64, verifies

WIDTH = 256

def root(hashes):
    """RFC 6962's tree head over these leaf hashes."""
    while len(hashes) > 1:
        paired = [sha256(b"\1", *hashes[i : i + 2]) for i in range(0, len(hashes) - 1, 2)]
        hashes = paired + hashes[2 * len(paired) :]
    return hashes[0] if hashes else sha256()

def read(path):
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else pathlib.Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise Bad(f"{path}: {getattr(error, 'strerror', error)}", 66) from None

def read_tile(directory, level, number, width):
    """A reader of the tile, and whether the file may be longer: a full tile may have replaced a partial one."""
    groups = f"{number % 1000:03}"
    while number := number // 1000:
        groups = f"x{number % 1000:03}/{groups}"
    name, partial = f"tile/{level}/{groups}", f"tile/{level}/{groups}.p/{width}"
    full = width == WIDTH or not (directory / partial).exists()
    return Reader(read(directory / (name if full else partial))), full and width < WIDTH

def entries(directory, size):
    for number in range(-(-size // WIDTH)):
        width = min(WIDTH, size - number * WIDTH)
        bundle, longer = read_tile(directory, "entries", number, width)
        yield from (bundle.lp() for _ in range(width))
        need(longer or not bundle.more(), f"bundle {number} goes on after its last entry")

def check_tiles(directory, hashes, level=0):
    """Recomputes every tile of the tree over these leaves and compares."""
    for number in range(-(-len(hashes) // WIDTH)):
        row = hashes[number * WIDTH : (number + 1) * WIDTH]
        tile, longer = read_tile(directory, level, number, len(row))
        good = tile.take(32 * len(row)) == b"".join(row) and (longer or not tile.more())
        need(good, f"tile {number} of level {level} is not the entries'")
    if len(hashes) >= WIDTH:
        full = range(0, len(hashes) - WIDTH + 1, WIDTH)
        check_tiles(directory, [root(hashes[i : i + WIDTH]) for i in full], level + 1)

def parse_head(text, origin):
    """(size, root in base64)"""
    head = re.fullmatch(r"(.+)\n(0|[1-9][0-9]{0,18})\n(.+)\n", text.decode())
    need(head and head[1] == origin, "the head is malformed, or of another origin")
    return int(head[2]), head[3]

def check_head(note, origin, ledger, cosigners):
    """How many of these keys, named by their hex, cosigned a checkpoint of the ledger: must be a majority."""
    (text, signatures), good = parse_note(note), set()
    known = {(key.hex(), key_id(key.hex(), 4, key)): key for key in cosigners}
    known[origin, key_id(origin, 1, ledger)] = None
    for name, number, signature in signatures:
        if (place := (name, number)) in known:
            key, message = known[place], text
            if key:
                seconds = Reader(signature).u(8)
                need(0 < seconds < 1 << 63, "a cosignature's time is out of bounds")
                message, signature = f"cosignature/v1\ntime {seconds}\n".encode() + text, signature[8:]
            need(verifies(key or ledger, signature, message) and place not in good, f"{name} did not sign the head")
            good.add(place)
    need((origin, key_id(origin, 1, ledger)) in good, "the ledger has not signed the head")
    need(len(good) - 1 > len(cosigners) // 2, f"{len(good) - 1} of {len(cosigners)} cosigned the head: no majority")
    return len(good) - 1

def check_handover(directory, charter, origin, terms, amendment, leaves):
    """The last checkpoint under terms that an amendment ended: over the amendment, and not beyond their last entry."""
    path = directory / "charters" / str(charter) / "checkpoint"
    need(path.is_file(), f"no checkpoint hands over from charter {charter}")
    note = read(path)
    size, head = parse_head(parse_note(note)[0], origin)
    need(amendment < size <= len(leaves), f"the handover from charter {charter} does not cover the amendment alone")
    need(root(leaves[:size]) == unb64(head), f"the handover from charter {charter} has another root than the entries")
    check_head(note, origin, terms.ledger, terms.cosigners)
