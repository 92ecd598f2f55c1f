"""An independent reader of Coffer's formats, written from their pages in Sources/coffer/Coffer.docc.

reader.py segment FOLDER/ID --seed-file F                   the label and records of a segment, one JSON a line
reader.py page FILE --partials F                            the items of a page, one JSON a line; F as in README.md
reader.py ledger DIR --origin O --charter-hash H            one verdict a line
reader.py vectors DIR                                       checks every JSON file of Tests/Vectors

Secrets come from files, `-` is standard input. Exit: 0, 64 usage, 65 not authentic or malformed, 66 no such file.
"""
import argparse
import json
import pathlib
import sys
import log
import opening
import rules
import vectors
from encoding import Bad, parse_note, statement_hash, unhex

def read(path):
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else pathlib.Path(path).read_bytes()
    except OSError as error:
        raise Bad(f"{path}: {error.strerror}", 66) from None

def say(**members):
    print(json.dumps({k: v.hex() if isinstance(v, bytes) else v for k, v in members.items()}, ensure_ascii=False))

def segment(args):
    parts = [read(f"{args.segment}.{part}") for part in ("header", "body", "label")]
    seed = read(args.seed_file)
    if len(seed) != 32:
        raise Bad("the seed file has not 32 bytes")
    name = pathlib.Path(args.segment).name
    if name != opening.sha256(parts[2]).hex():
        raise Bad("the name is not the label's hash")
    label, records = opening.open_segment(*parts, seed)
    say(**label)
    for time, value, tiles in records:
        say(time=time, record=value, **({} if tiles is None else {"tiles": len(tiles)}))

def page(args):
    given = vectors.Fields(read(args.partials))
    kind, app, day = given["kind"], given["app"], given["day"]
    x = opening.page_x(given.hex("consent"), given.hex("page"), kind, app, day)
    groups = [[unhex(partial) for partial in group] for group in given["partials"]]
    key = opening.page_key(groups, given.hex("consent"), x)
    names = "device from until count body key object".split()
    for item in opening.open_page(read(args.file), key, x, given.hex("pseudonym"), kind, app, day):
        say(**dict(zip(names, item)))

def ledger(args):
    directory = pathlib.Path(args.directory)
    note = log.read(directory, "checkpoint")
    size, head = log.parse_head(parse_note(note)[0], args.origin)
    state, leaves = rules.State(args.origin, unhex(args.charter_hash)), []
    for index, entry in enumerate(log.entries(directory, size)):
        leaves.append(log.leaf(entry))
        refusal = state.apply(entry)
        print(f"{index} refused {refusal}" if refusal else f"{index} accepted")
        if not state.charter:
            raise Bad("entry 0 is not the pinned charter")
    log.check_tiles(directory, leaves)
    if log.b64(log.root(leaves)) != head:
        raise Bad("the entries have another root than the head")
    if not state.charter:
        raise Bad("an empty log has no charter")
    charter = state.charter
    count = log.check_head(note, args.origin, charter.ledger, charter.cosigners)
    print(f"{size} entries, cosigned by {count} of {len(charter.cosigners)}", file=sys.stderr)

def main():
    parser = argparse.ArgumentParser(prog="reader", description="An independent reader of Coffer's formats.")
    commands = parser.add_subparsers(required=True)

    def command(function, *arguments):
        sub = commands.add_parser(function.__name__)
        sub.set_defaults(run=function)
        for argument in arguments:
            sub.add_argument(argument, **({"required": True} if argument.startswith("-") else {}))

    command(segment, "segment", "--seed-file")
    command(page, "file", "--partials")
    command(ledger, "directory", "--origin", "--charter-hash")
    command(vectors.vectors, "directory")
    try:
        args = parser.parse_args()
    except SystemExit as error:
        return 64 if error.code else 0
    try:
        return args.run(args)
    except Bad as error:
        print(f"reader: {error}", file=sys.stderr)
        return error.code
    except BrokenPipeError:
        return 74

if __name__ == "__main__":
    sys.exit(main())
