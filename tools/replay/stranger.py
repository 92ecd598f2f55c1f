"""What a stranger's Spark job reads who knows only the metastore: the places of all tables, and what lies there.

stranger.py METASTORE SCRATCH RESULTS BATCH WHAT…

WHAT is `database:NAME`, all of its tables in batches of BATCH, or `folder:PATH`, every file below it. RESULTS gets a line of
JSON for each batch; a batch that is there already is not read again.
"""
import json
import os
import sys
import time
from collections import Counter

from pyspark.sql import functions as f
from pyspark.sql.types import BinaryType, StringType

from search import canaries
from session import session


def found(batches):
    """One row for each canary in each file, and one row with the bytes of each file."""
    import pyarrow
    for batch in batches:
        rows = {"file": [], "form": [], "canary": [], "bytes": []}
        for file, values in zip(batch["file"].to_pylist(), batch["content"].to_pylist()):
            held = [value for value in values if value is not None]
            hits = set().union(*(canaries(value) for value in held))
            for canary, form, size in [*((c, how, 0) for c, how in hits), (None, None, sum(map(len, held)))]:
                for name, value in (("file", file), ("form", form), ("canary", canary), ("bytes", size)):
                    rows[name].append(value)
        yield pyarrow.RecordBatch.from_pydict(rows, schema=pyarrow.schema(
            [("file", "string"), ("form", "string"), ("canary", "string"), ("bytes", pyarrow.int64())]))


def search(frames):
    """Canaries by the file in which they were found, the forms, the files that were read, and their bytes."""
    wanted = None
    for frame in frames:
        columns = [f.col(field.name).cast("binary") for field in frame.schema.fields
                   if isinstance(field.dataType, (BinaryType, StringType)) and field.name != "path"]
        part = frame.select(f.col("_metadata.file_path").alias("file"), f.array(*columns).alias("content"))
        wanted = part if wanted is None else wanted.unionAll(part)
    rows = wanted.mapInArrow(found, "file string, form string, canary string, bytes long").collect()
    hits = {(row.file, row.canary) for row in rows if row.canary}
    forms = Counter(row.form for row in rows if row.canary)
    return hits, forms, {row.file for row in rows}, sum(row.bytes for row in rows)


class Metastore:
    def __init__(self, spark):
        self.spark = spark
        self.catalog = spark._jsparkSession.sharedState().externalCatalog()
        self.java = spark._jvm.scala.jdk.javaapi.CollectionConverters
        self.schemas = {}

    def tables(self, database):
        return sorted(self.java.asJava(self.catalog.listTables(database)))

    def frames(self, database, names):
        """What lies at the places of these tables, in the form that the metastore names: a frame for each form."""
        places, first = {}, {}
        for table in self.java.asJava(self.catalog.getTablesByName(database, self.java.asScala(names).toSeq())):
            form = table.provider().get()
            places.setdefault(form, []).append(table.location().toString())
            first.setdefault(form, table.identifier().table())
        for form, paths in places.items():
            if (database, form) not in self.schemas:
                self.schemas[database, form] = self.spark.table(f"{database}.{first[form]}").schema
            yield self.spark.read.format(form).schema(self.schemas[database, form]).load(paths)


def batches(spark, what, size):
    """The names of a batch's tables, and its frames."""
    kind, place = what.split(":", 1)
    if kind == "folder":
        yield [], lambda: [spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(place)]
        return
    metastore = Metastore(spark)
    names = metastore.tables(place)
    for start in range(0, len(names), size):
        some = names[start:start + size]
        yield some, lambda some=some: list(metastore.frames(place, some))


def main(metastore, scratch, results, size, *wanted):
    done = set()
    if os.path.exists(results):
        with open(results, encoding="utf-8") as file:
            # What an interruption cut off is no line, and is read again.
            lines = [line for line in file if line.endswith("\n")]
        done = {(batch["what"], batch["batch"]) for batch in map(json.loads, lines)}
        with open(results, "w", encoding="utf-8") as file:
            file.writelines(lines)
    spark = session("stranger", metastore, scratch)
    with open(results, "a", encoding="utf-8") as file:
        for what in wanted:
            total = 0
            for number, (names, frames) in enumerate(batches(spark, what, int(size))):
                total += len(names)
                if (what, number) in done:
                    continue
                began = time.time()
                hits, forms, files, read = search(frames())
                canaries_of = sorted({canary for _, canary in hits})
                told = {"what": what, "batch": number, "user": os.getuid(), "tables": len(names), "files": len(files),
                        "bytes": read, "canaries": canaries_of, "forms": dict(forms),
                        "seconds": round(time.time() - began, 3)}
                file.write(json.dumps(told) + "\n")
                file.flush()
                print(f"{what}: {total} tables; in this batch {len(files)} files, {len(canaries_of)} canaries", flush=True)


main(*sys.argv[1:])
