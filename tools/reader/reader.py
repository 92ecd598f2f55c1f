"""An independent reader of Coffer's formats, written from their pages in Sources/coffer/Coffer.docc.

reader.py segment FOLDER/ID --seed-file F                   the label and the records of a segment, one JSON a line
reader.py page FILE --partials F                            the items of a page, one JSON a line
reader.py ledger DIR --origin O --charter-hash H            one verdict a line
reader.py vectors DIR                                       checks every file of known answers

Secrets come in files; `-` is standard input. F of `page` is one JSON object: consent, page and pseudonym in hex; kind,
app, day; and partials, an array a group, in the order of the masks, in hex.
Exit: 0, 64 usage, 65 malformed or not authentic, 66 no such file.
"""
import argparse
import base64
import json
import pathlib
import sys
import log
import opening
import rules
from encoding import Bad, need, parse_note, sha256, unhex
from vectors import Case, hexed, vectors

def read(path):
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else pathlib.Path(path).read_bytes()
    except OSError as error:
        raise Bad(f"{path}: {error.strerror}", 66) from None

def say(value): print(json.dumps(hexed(value), ensure_ascii=False))

def segment(args):
    header, body, label = (read(f"{args.segment}.{part}") for part in ("header", "body", "label"))
    need(pathlib.Path(args.segment).name == sha256(label).hex(), "the name is not the label's hash")
    seed = read(args.seed_file)
    need(len(seed) == 32, "the seed file has not 32 bytes")
    description, records = opening.open_segment(header, body, label, seed)
    say(description)
    for time, value, tiles in records:
        say({"time": time, "record": value} | ({"tiles": len(tiles)} if tiles is not None else {}))

def page(args):
    try:
        given = Case(json.loads(read(args.partials)))
        place = str(given["kind"]), str(given["app"]), int(given["day"])
        consent, pseudonym, partials = given.consent, given.pseudonym, given.partials
        x = opening.page_x(consent, given.page, *place)
        key = opening.page_key(partials, consent, x)
    except (ValueError, KeyError, TypeError, OverflowError):
        raise Bad("the partials are not the JSON object that --help describes", 64) from None
    for item in opening.open_page(read(args.file), key, x, pseudonym, *place):
        say(dict(zip("device from until count body key object".split(), item)))

def ledger(args):
    directory, leaves = pathlib.Path(args.directory), []
    note = log.read(directory, "checkpoint")
    size, head = log.parse_head(parse_note(note)[0], args.origin)
    state = rules.State(args.origin, unhex(args.charter_hash))
    for index, entry in enumerate(log.entries(directory, size)):
        leaves.append(sha256(b"\0", entry))
        refusal = state.apply(entry)
        print(f"{index} refused {refusal}" if refusal else f"{index} accepted")
        need(state.terms, "entry 0 is not the pinned charter")
    log.check_tiles(directory, leaves)
    need(base64.b64encode(log.root(leaves)).decode() == head, "the entries have another root than the head")
    need(state.terms, "a log without entries has no charter")
    count = log.check_head(note, args.origin, state.terms.ledger, state.terms.cosigners)
    print(f"{size} entries; {count} of {len(state.terms.cosigners)} cosigned", file=sys.stderr)

def main():
    parser = argparse.ArgumentParser("reader", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="segment|page|ledger|vectors")
    for run, arguments in ((segment, "segment --seed-file"), (page, "file --partials"), (vectors, "directory"),
                           (ledger, "directory --origin --charter-hash")):
        command = commands.add_parser(run.__name__)
        command.set_defaults(run=run)
        for name in arguments.split():
            command.add_argument(name, **({"required": True} if name.startswith("-") else {}))
    try:
        args = parser.parse_args()
        return args.run(args)
    except SystemExit as error:
        return 64 if error.code else 0
    except Bad as error:
        print(f"reader: {error}", file=sys.stderr)
        return error.code

if __name__ == "__main__":
    sys.exit(main())
