"""A granted job in Spark: what it reads of the grant's samples.

granted.py METASTORE SCRATCH RESULTS PROGRAM HOME GRANT NAME[=APPS]…

For each NAME it asks for the grant's samples, or for those of some apps. The file NAME in RESULTS gets one object of JSON: the
canaries in the samples, and how many samples and people there are; or the refusal.
"""
import json
import re
import sys
import time

from pyspark.errors import PySparkException
from py4j.protocol import Py4JError

from search import CANARY
from session import session

REFUSED = re.compile(r"coffer_reader\.errors\.Refused: (.*?) \(rule ([\w.]+)(?:, entry (\d+))?\)", re.S)


def read(frame):
    """The canaries in the samples, or the refusal with which the frame was made or read."""
    try:
        rows = frame().select("subject", "text").collect()
    except (PySparkException, Py4JError) as error:
        refusal = REFUSED.search(str(error))
        if not refusal:
            raise
        message, rule, entry = refusal.groups()
        return {"code": 77, "message": message, "rule": rule, "entry": int(entry) if entry else None}
    canaries = sorted({match.decode() for row in rows for match in CANARY.findall(row.text.encode())})
    return {"samples": len(rows), "people": len({row.subject for row in rows}), "canaries": canaries}


def main(metastore, scratch, results, program, home, grant, *wanted):
    spark = session("granted", metastore, scratch)
    for name, _, apps in (part.partition("=") for part in wanted):
        began = time.time()
        options = {"grant": grant, "coffer": program, "home": home, "key": f"{home}/key", "images": "none", "shares": "4"}
        told = read(spark.read.format("coffer").options(**options, **({"apps": apps} if apps else {})).load)
        with open(f"{results}/{name}", "w", encoding="utf-8") as file:
            json.dump(told | {"seconds": round(time.time() - began, 3)}, file)


main(*sys.argv[1:])
