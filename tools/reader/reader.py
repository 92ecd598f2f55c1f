"""An independent reader of Coffer's formats, written only from the pages in Sources/coffer/Coffer.docc.

  segment FOLDER/ID --seed-file F           a segment's label and records, one JSON a line
  page FILE --partials F                    a page's items, one JSON a line
  ledger DIR --origin O --charter-hash H    one verdict a line
  vectors DIR                               checks every file of known answers
Secrets come in files, `-` is standard input; --partials is a JSON object: consent, page, pseudonym in hex; kind, app,
day; partials, an array of hex a group. Exit: 0, 64 usage, 65 malformed or not authentic, 66 no such file.
"""
import argparse
import json
import os
import pathlib
import sys
import log
import opening
import rules
from encoding import Bad, need, parse_note, sha256, unb64, unhex
from log import read

def say(value): print(json.dumps(value, ensure_ascii=False, default=bytes.hex), flush=True)

def segment(args):
    header, body, label = (read(f"{args.segment}.{part}") for part in ("header", "body", "label"))
    need(pathlib.Path(args.segment).name == sha256(label).hex(), "the name is not the label's hash")
    seed = read(args.seed_file)
    need(len(seed) == 32, "the seed file has not 32 bytes")
    description, records = opening.open_segment(header, body, label, seed)
    for line in [description, *({"time": time, "record": value} for time, value, _ in records)]:
        say(line)

def page(args):
    try:
        given = json.loads(read(args.partials))
        place = str(given["kind"]), str(given["app"]), int(given["day"])
        consent, pseudonym = unhex(given["consent"]), unhex(given["pseudonym"])
        x = opening.page_x(consent, unhex(given["page"], 16), *place)
        key = opening.page_key([[unhex(partial) for partial in group] for group in given["partials"]], consent, x)
    except (ValueError, KeyError, TypeError, OverflowError):
        raise Bad("the partials are not the JSON object that --help describes", 64) from None
    for item in opening.open_page(read(args.file), key, x, pseudonym, *place):
        say(dict(zip("device from until count body key object".split(), item)))

def ledger(args):
    directory, leaves, charters, announced = pathlib.Path(args.directory), [], 0, None
    note = read(directory / "checkpoint")
    size, head = log.parse_head(parse_note(note)[0], args.origin)
    state = rules.State(args.origin, unhex(args.charter_hash))
    for index, entry in enumerate(log.entries(directory, size)):
        before = state.terms
        refusal = state.apply(entry)
        print(f"{index} refused {refusal}" if refusal else f"{index} accepted", flush=True)
        if before and state.terms is not before:
            log.check_handover(directory, charters, args.origin, before, announced, leaves)
            charters += 1
        if state.amended == index:
            announced = index
        leaves.append(sha256(b"\0", entry))
    log.check_tiles(directory, leaves)
    need(state.terms, "entry 0 is not the pinned charter")
    need(log.root(leaves) == unb64(head), "the entries have another root than the head")
    count = log.check_head(note, args.origin, state.terms.ledger, state.terms.cosigners)
    print(f"{size} entries; {count} of {len(state.terms.cosigners)} cosigned", file=sys.stderr)

def vectors(args):
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Vectors"))
    return __import__("check").vectors(pathlib.Path(args.directory))

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
        print(f"reader: {error.args[0]}", file=sys.stderr)
        return (*error.args[1:], 65)[0]
    except BrokenPipeError:
        os._exit(74)

if __name__ == "__main__":
    sys.exit(main())
