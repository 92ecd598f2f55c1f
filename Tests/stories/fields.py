"""Which members the objects of `--json` have, from runs that were kept.

fields.py KEPT DUMP   KEPT holds a folder a run with `arguments`, `out` and `err`; DUMP is the dumped help. Prints a block
                      for each command; fails if a command that takes --json was not run.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/lib"))
from commands import commands, options, read  # noqa: E402

ERROR = "coffer.error.v1"


def type_name(value):
    # bool is a kind of int in Python, so it comes first.
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (dict, "object"),
                       (list, "array")):
        if isinstance(value, kind):
            return name
    return "null"


def members(value, prefix=""):
    """Pairs of path and type: `jobs: array`, `jobs[].job: string`."""
    if isinstance(value, dict):
        for name, member in value.items():
            path = f"{prefix}.{name}" if prefix else name
            yield path, type_name(member)
            yield from members(member, path)
    elif isinstance(value, list):
        for element in value:
            yield prefix + "[]", type_name(element)
            yield from members(element, prefix + "[]")


def objects(path, is_strict):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith('{"schema":'):
                yield json.loads(line)
            elif is_strict:
                sys.exit(f"{path}: with --json this is on stdout: {line[:80]}")


def main(kept, dump):
    with open(dump, encoding="utf-8") as file:
        wanted = {words for words, command in commands(read(file.read())) if "json" in options(command)}
    seen = {}  # words → schema and stream → path → types
    errors = {}
    for run in sorted(os.listdir(kept)):
        with open(os.path.join(kept, run, "arguments"), encoding="utf-8") as file:
            arguments = file.read().split("\n")
        words = max((w for w in wanted if tuple(arguments[:len(w)]) == w), key=len, default=None)
        if words is None:
            sys.exit(f"fields.py: no command of the help: {arguments}")
        found = seen.setdefault(words, {})
        for stream, place in (("out", ""), ("err", ", on stderr")):
            for value in objects(os.path.join(kept, run, stream), is_strict=stream == "out"):
                schema = value.pop("schema")
                types = errors if schema == ERROR else found.setdefault(schema + place, {})
                for path, kind in members(value):
                    types.setdefault(path, set()).add(kind)
    missing = wanted - set(seen)
    if missing:
        sys.exit("fields.py: never run with --json: " + ", ".join(sorted(" ".join(words) for words in missing)))

    print("# The members of the objects that commands print with --json, as the story json-objects saw them.")
    print("# Made by tools/snapshots --write. Members may be added; none is renamed or changes its type.")
    block("any command that fails", {ERROR + ", on stderr": errors})
    for words in sorted(seen):
        block(" ".join(words), seen[words])


def block(title, schemas):
    print(f"\n{title}")
    if not schemas:
        print("    no object")
    for schema in sorted(schemas):
        print(f"    {schema}")
        for path, kinds in sorted(schemas[schema].items()):
            print(f"        {path}: {' or '.join(sorted(kinds))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
