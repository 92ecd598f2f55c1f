"""Captures of employees, and the tables in clear that hold them.

captures.py PEOPLE DAYS APPS SECRET CLEAR

A table is one employee's day in one app, with one canary in what was typed. SECRET gets a recording for each employee, as
`coffer import` reads it, and `tables.jsonl`, which says what lies where. CLEAR gets a folder for each table: JSON and Parquet
in turn.
"""
import json
import os
import secrets
import sys
import time

import pyarrow
import pyarrow.parquet

DAY = 86_400_000
SCHEMA = pyarrow.schema([("t", pyarrow.int64()), ("kind", "string"), ("app", "string"), ("role", "string"), ("text", "string")])


def lines(day, place, app, canary):
    talk = [("user", "Draft the letter about my sick leave."), ("user", f"The number on it is {canary}."),
            ("assistant", "Here is a draft with that number.")]
    start = day * DAY + 9 * 3_600_000 + 60_000 * place
    return [{"t": start + 1000 * i, "kind": "prompt", "app": app, "role": role, "text": text}
            for i, (role, text) in enumerate(talk)]


def main(people, days, apps, secret, clear):
    today = int(time.time()) // 86400
    with open(f"{secret}/tables.jsonl", "w", encoding="utf-8") as tables:
        for person in range(people):
            name = f"p{person:02}"
            with open(f"{secret}/{name}.jsonl", "w", encoding="utf-8") as recording:
                for number in range(days * apps):
                    day, place = today - 1 - days + number // apps, number % apps
                    app, canary = f"app-{place}", f"canary-{secrets.token_hex(12)}"
                    date = time.strftime("%Y-%m-%d", time.gmtime(day * 86400))
                    rows = lines(day, place, app, canary)
                    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
                    recording.write(text)
                    table = f"{name}_{app}_{date}".replace("-", "_")
                    os.makedirs(f"{clear}/{table}", exist_ok=True)
                    form = ("json", "parquet")[number % 2]
                    file = f"{clear}/{table}/part-00000.{form}"
                    if form == "json":
                        with open(file, "w", encoding="utf-8") as out:
                            out.write(text)
                    else:
                        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=SCHEMA), file)
                    tables.write(json.dumps({"table": table, "form": form, "person": name, "app": app, "day": date,
                                             "canary": canary}) + "\n")


main(*map(int, sys.argv[1:4]), *sys.argv[4:6])
