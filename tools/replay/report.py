"""Judges a replay of the incident: says what happened, or what should not have.

report.py ROAD TABLES sentences|json
"""
import json
import os
import stat
import sys


class Unexpected(Exception):
    pass


def expect(is_so, message):
    if not is_so:
        raise Unexpected(message)


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def one(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def last_object(path):
    """The error of a program that wrote it as the last line."""
    with open(path, encoding="utf-8") as file:
        return json.loads(file.read().splitlines()[-1])


def open_to_everyone(folder):
    for path, _, files in os.walk(folder):
        modes = [(path, 0o777), *((f"{path}/{file}", 0o666) for file in files)]
        if any(stat.S_IMODE(os.stat(name).st_mode) & wanted != wanted for name, wanted in modes):
            return False
    return True


def reading(batches, what):
    """The batches of one database or folder, added up."""
    some = [batch for batch in batches if batch["what"] == what]
    expect(some, f"the stranger did not read {what}")
    return {
        "tables": sum(batch["tables"] for batch in some), "files": sum(batch["files"] for batch in some),
        "bytes": sum(batch["bytes"] for batch in some), "seconds": round(sum(batch["seconds"] for batch in some), 1),
        "canaries": len({canary for batch in some for canary in batch["canaries"]}),
        "batches": [{"tables": batch["tables"], "canaries": len(batch["canaries"]), "seconds": batch["seconds"]}
                    for batch in some],
    }, {canary for batch in some for canary in batch["canaries"]}


def judged(road, tables):
    captures = lines(f"{road}/secret/tables.jsonl")
    people = sorted({capture["person"] for capture in captures})
    batches = lines(f"{road}/stranger/read")
    expect(len(captures) == tables, f"there are {len(captures)} captures, not {tables}")
    expect(all(batch["user"] != os.getuid() for batch in batches), "the stranger was not another user")
    for folder in (f"{road}/warehouse", f"{road}/lake"):
        expect(open_to_everyone(folder), f"not everything in {folder} is open to everyone")

    clear, found = reading(batches, "database:clear")
    expect(clear["tables"] == clear["files"] == tables, f"the stranger read {clear['files']} files of {tables} tables in clear")
    expect(found == {capture["canary"] for capture in captures}, f"in clear he found {len(found)} canaries of {tables}")

    sealed, found = reading(batches, "database:sealed")
    objects = len(os.listdir(f"{road}/lake"))
    linked = [name for _, _, files in os.walk(f"{road}/warehouse/sealed") for name in files]
    expect(sorted(linked) == sorted(os.listdir(f"{road}/lake")), "not every object of the lake is in one table")
    expect(sealed["tables"] == tables, f"{sealed['tables']} tables hold sealed objects, not {tables}")
    expect(sealed["files"] == objects >= 2 * tables, f"he read {sealed['files']} of {objects} sealed objects")
    expect(not found, f"he found {len(found)} canaries in sealed tables")
    own, found = reading(batches, f"folder:{road}/metastore")
    expect(own["files"] >= 1 and not found, f"he found {len(found)} canaries in the metastore's own files")
    # It proves something only if the same search finds what can be found.
    _, found = reading(batches, f"folder:{road}/control")
    control = next(batch["forms"] for batch in batches if batch["what"].endswith("/control"))
    wanted = sorted(os.listdir(f"{road}/control"))
    expect(len(found) == 1 and sorted(control) == wanted, f"the search finds {sorted(control)} of {wanted}")

    consents = {name: i % 3 != 2 for i, name in enumerate(people)}
    apps = {f"app-{i}" for i in range(len({capture["app"] for capture in captures}) * 3 // 5)}
    scope = {c["canary"] for c in captures if consents[c["person"]] and c["app"] in apps}
    granted = one(f"{road}/results/read")
    expect("canaries" in granted, f"the granted job was refused: {granted}")
    expect(set(granted["canaries"]) == scope, f"it read {len(granted['canaries'])} canaries; its scope has {len(scope)}")
    of_scope = {name for name in people if consents[name]}
    expect(granted["people"] == len(of_scope), f"it read {granted['people']} people, not {len(of_scope)}")

    affected = {row["pseudonym"] for row in lines(f"{road}/results/affected")}
    pseudonyms = {}
    for name in people:
        with open(f"{road}/secret/pseudonym-{name}", encoding="utf-8") as file:
            pseudonyms[name] = file.read().strip()
    expect(len(set(pseudonyms.values())) == len(people), "two employees have one pseudonym")
    expect(affected == {pseudonyms[name] for name in of_scope}, f"the audit names {len(affected)} people, and not those")

    refusals = {
        "stranger": last_object(f"{road}/results/stranger-asks"), "outOfScope": one(f"{road}/results/out-of-scope"),
        "afterHalt": one(f"{road}/results/halted"),
    }
    for name, refusal in refusals.items():
        expect(refusal.get("code") == 77 and "canaries" not in refusal, f"{name} was not refused: {refusal}")
    expect(refusals["afterHalt"]["rule"] == "halted", f"it was refused by {refusals['afterHalt']['rule']}, not by the halt")
    expect(refusals["afterHalt"]["entry"], "the refusal after the halt names no entry")
    kept = ("code", "rule", "entry", "message")
    return {
        "schema": "coffer.incident.v1", "tables": tables, "people": len(people), "clear": clear, "sealed": sealed,
        "objects": objects, "controlForms": len(wanted),
        "granted": {"canaries": len(scope), "people": len(of_scope), "seconds": granted["seconds"]}, "affected": len(affected),
        "refusals": {name: {key: refusal.get(key) for key in kept} for name, refusal in refusals.items()},
    }


def sentences(told):
    clear, sealed, granted, refusals = told["clear"], told["sealed"], told["granted"], told["refusals"]
    return [
        f"in clear: a stranger's job read {clear['canaries']} of {told['tables']} canaries in {clear['seconds']} s",
        f"sealed: the same job read {sealed['files']} objects ({sealed['bytes']} bytes) of {sealed['tables']} tables in "
        f"{sealed['seconds']} s and found {sealed['canaries']}; of its control it found all {told['controlForms']} forms",
        f"granted: a job read {granted['canaries']} canaries of {granted['people']} people, exactly its scope, in "
        f"{granted['seconds']} s; the audit names exactly these {told['affected']} of {told['people']}",
        "refused (77): " + "; ".join(
            f"{name} by {refusals[key]['rule']}" + (f", entry {refusals[key]['entry']}" if refusals[key]["entry"] else "")
            for name, key in (("the stranger", "stranger"), ("out of scope", "outOfScope"), ("after the halt", "afterHalt"))),
    ]


def main(road, tables, form):
    try:
        told = judged(road, int(tables))
    except Unexpected as error:
        sys.exit(f"FAIL: {error}")
    print(json.dumps(told, separators=(",", ":")) if form == "json" else "\n".join(sentences(told)))


main(*sys.argv[1:])
