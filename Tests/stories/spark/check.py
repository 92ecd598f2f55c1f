"""Reads the grant of the story `spark` as a Spark job does, and prints what comes, a JSON object for each frame.

check.py FOLDER FRAMES   {"rows", "keys", "people"} or {"error", "code", "rule", "entry"}

Options are in READER, a JSON object. Spark's files are in FOLDER.
"""
import json
import os
import sys

import coffer_reader
from pyspark.sql import SparkSession

folder, frames = sys.argv[1], int(sys.argv[2])
os.environ["PYSPARK_PYTHON"] = sys.executable
settings = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.dir": f"file://{folder}",
    "spark.local.dir": f"{folder}/local",
    "spark.sql.warehouse.dir": f"{folder}/warehouse",
}
builder = SparkSession.builder.master("local[2,2]")
for name, value in settings.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("OFF")
for _ in range(frames):
    try:
        frame = spark.read.format("coffer").options(**json.loads(os.environ["READER"])).load()
        frame.explain(True)
        rows = frame.groupBy("subject").agg({"key": "count"}).collect()
        keys = frame.select("key").distinct().count()
        said = {"people": len(rows), "rows": sum(row[1] for row in rows), "keys": keys}
    except Exception as error:
        found = coffer_reader.reason(error)
        if found is None:
            raise
        said = {"error": type(found).__name__, "code": found.code, "rule": found.rule, "entry": found.entry}
    print("\n" + json.dumps(said))
spark.stop()
