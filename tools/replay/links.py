"""Spreads the objects of a lake over tables.

links.py LAKE TABLES SEALED

Makes a folder in SEALED for each table of TABLES (`tables.jsonl`), and in it links to objects of the lake. Only its owner
can tell to which table an object belongs, so they are spread in the order of their names; each is in one table.
"""
import json
import os
import sys


def main(lake, tables, sealed):
    with open(tables, encoding="utf-8") as file:
        names = [json.loads(line)["table"] for line in file]
    objects = sorted(os.listdir(lake))
    for number, name in enumerate(objects):
        folder = f"{sealed}/{names[number % len(names)]}"
        os.makedirs(folder, exist_ok=True)
        os.symlink(f"{lake}/{name}", f"{folder}/{name}")


main(*sys.argv[1:])
