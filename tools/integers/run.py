"""Runs the cases: all of one family after the other, or a sample of all for a time.

run.py COFFER ROAD [--seconds N] [--seed S] [--family NAME]… [--only WORDS]
"""
import argparse
import concurrent.futures
import os
import pathlib
import random
import shutil
import time

from cases import Cases
from programs import Findings, Program
from signing import Keys
from world import World


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("coffer")
    parser.add_argument("road", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, help="a sample for so long, in place of everything")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--family", action="append", help="files, folders, log, replies or requests")
    parser.add_argument("--only", help="the cases whose names hold these words")
    return parser.parse_args()


def sample(families, generator):
    """Families in turn, so that a small one is not lost among the large."""
    left = {name: generator.sample(cases, len(cases)) for name, cases in families.items() if cases}
    while left:
        for name in list(left):
            yield left[name].pop()
            if not left[name]:
                del left[name]


def main():
    given = arguments()
    findings = Findings()
    program = Program(given.coffer, findings)
    world = World(given.road, program)
    cases = Cases(given.road, program, Keys(given.road), world)
    world.begin()
    world.newest = len(cases.log.texts) - 1
    cases.check_log()
    # What the honest servers say is known once everyone has spoken to them.
    with cases.room() as room:
        cases.speak("as it is", room)
    families = {
        name: [case for case in found if not given.only or given.only in case[0]]
        for name, found in cases.all().items() if not given.family or name in given.family
    }
    counts = ", ".join(f"{len(found)} {name}" for name, found in families.items())
    print(f"{counts}; seed {given.seed}", flush=True)
    if given.seconds:
        # More cases in the same time, each with a few of its readers.
        program.share, program.seed = 0.3, given.seed
        chosen = sample(families, random.Random(given.seed))
    else:
        chosen = (case for found in families.values() for case in found)
    end = time.monotonic() + given.seconds if given.seconds else float("inf")
    count = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = set()
        for name, call in chosen:
            if time.monotonic() > end:
                break
            running.add(pool.submit(call, case=name))
            count += 1
            while len(running) >= 2 * (os.cpu_count() or 1):
                done, running = concurrent.futures.wait(running, return_when="FIRST_COMPLETED")
                for future in done:
                    future.result()
        for future in running:
            future.result()
    world.end()
    if findings.found:
        print(f"{len(findings.found)} of {count} cases ended a process by a trap, or did not end; seed {given.seed}")
        raise SystemExit(1)
    print(f"PASS {count} integers replaced, in {findings.ran} runs of the program: none ended by a trap; seed {given.seed}")


if __name__ == "__main__":
    main()
