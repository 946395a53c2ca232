"""Runs the SQL of a feature table on Spark, from Parquet files to Parquet files. The last line says what this process and its
virtual machine took."""

import json
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession

began = time.monotonic()
task = json.loads(sys.argv[1])
source, output = Path(task["Source"]), Path(task["Output"])
spark = (
    SparkSession.builder.master(f"local[{task['Threads']}]")
    .config("spark.driver.memory", "8g")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.ansi.enabled", "true")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.warehouse.dir", output / "warehouse")
    .config("spark.local.dir", output / "spilled")
    .config("spark.sql.shuffle.partitions", 16)
    .config("spark.sql.parquet.compression.codec", "snappy")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
started = time.monotonic() - began
spark.sql(f"CREATE DATABASE {source.name}")
table = task["SourceTable"]
spark.sql(f"CREATE TABLE {source.name}.{table} USING PARQUET LOCATION '{source / table}'")
spark.sql(task["Query"]).write.parquet(str(output / "spark.parquet"))


def high_water_mark(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


gateway = spark.sparkContext._gateway
peak = high_water_mark("self") + high_water_mark(gateway.proc.pid)
spark.stop()
# What the virtual machine took is added to this process when it has ended.
gateway.shutdown()
gateway.proc.stdin.close()
gateway.proc.wait()
print(json.dumps({"peak": peak, "start": started}))
