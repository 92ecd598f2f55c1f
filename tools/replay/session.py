"""One Spark session over the metastore that the warehouse shares."""
import os
import sys

from pyspark.sql import SparkSession


def session(name, metastore, scratch):
    """A session of this machine's cores; what Spark writes for itself lies in `scratch`."""
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={scratch}",
        "spark.hadoop.hive.metastore.uris": metastore,
        "spark.local.dir": scratch,
        # Small files and folders: a task for each of them would cost more than its work.
        "spark.sql.files.openCostInBytes": "65536",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "8",
        "spark.sql.warehouse.dir": f"{scratch}/warehouse",
        "spark.ui.enabled": "false",
    }
    os.makedirs(scratch, exist_ok=True)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.appName(name).master("local[2]").enableHiveSupport()
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark
