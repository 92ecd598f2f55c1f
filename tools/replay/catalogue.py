"""Enters folders as tables of the metastore; those that it has already are left alone.

catalogue.py METASTORE SCRATCH FOLDER DATABASE FORM…

The tables of DATABASE are the folders in FOLDER. FORM is the data source of Spark for a table whose files end with it, or for
all tables if it is `binaryFile`.
"""
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from session import session

COLUMNS = "(t BIGINT, kind STRING, app STRING, role STRING, text STRING)"


def form_of(folder, forms):
    if forms == ["binaryFile"]:
        return forms[0]
    return os.listdir(folder)[0].rsplit(".", 1)[1]


def create(spark, database, table, folder, form):
    columns = "" if form == "binaryFile" else COLUMNS
    spark.sql(f"CREATE TABLE {database}.{table} {columns} USING {form} LOCATION '{folder}'")


def main(metastore, scratch, folder, database, *forms):
    spark = session("catalogue", metastore, scratch)
    spark.sql(f"CREATE DATABASE IF NOT EXISTS {database}")
    hive = spark._jvm.org.apache.hadoop.hive
    settings = hive.conf.HiveConf()
    settings.set("hive.metastore.uris", metastore)
    known = set(hive.metastore.HiveMetaStoreClient(settings).getAllTables(database))
    missing = sorted(set(os.listdir(folder)) - known)
    by_form = {form: [] for form in forms}
    for table in missing:
        by_form[form_of(f"{folder}/{table}", list(forms))].append(table)

    def copies(model, tables):
        """The metastore has no bulk request: the first table of a form is made by SQL, the others are made like it."""
        client = hive.metastore.HiveMetaStoreClient(settings)
        for table in tables:
            made, place = model.deepCopy(), f"file:{folder}/{table}"
            made.setTableName(table)
            storage = made.getSd()
            # Spark keeps the place here if Hive itself cannot read the form.
            if storage.getSerdeInfo().getParameters().containsKey("path"):
                storage.getSerdeInfo().getParameters().put("path", place)
            if form != "json" and form != "binaryFile":
                storage.setLocation(place)
            client.createTable(made)
        client.close()

    for form, tables in by_form.items():
        if not tables:
            continue
        create(spark, database, tables[0], f"{folder}/{tables[0]}", form)
        model = hive.metastore.HiveMetaStoreClient(settings).getTable(database, tables[0])
        rest, done, began = tables[1:], 0, time.time()
        with ThreadPoolExecutor(4) as pool:
            for start in range(0, len(rest), 2000):
                some = rest[start:start + 2000]
                list(pool.map(lambda part: copies(model, part), [some[i::4] for i in range(4)]))
                done += len(some)
                print(f"{database}: {done + 1} of {len(tables)} tables ({form}), {time.time() - began:.0f} s", flush=True)


main(*sys.argv[1:])
