"""Spark with Delta Lake as the SQL engine behind a test double of a Databricks workspace.

It listens on a loopback port that it prints, and takes one JSON object a request:

  POST /run     {"id", "sql", "catalog", "schema"}   a statement; its columns and rows as the Statement Execution API
                                                     writes them, or its error. With "session" it sees the variables and
                                                     temporary views of earlier ones of that session; with "parameters" it
                                                     has values by the names of its markers
  POST /cancel  {"id"}                               stop it
  POST /table   {"name"}                             what a catalog says of a table
  POST /tables  {"schema"}                           the names of its tables
  POST /load    {"name", "parquet"}                  a Delta table made from a folder of Parquet files

It ends when its standard input does.
"""

import argparse
import datetime
import decimal
import json
import os
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.sources.default": "delta",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.shuffle.partitions": "1",
    # Delta for open-source Spark reads MERGE WITH SCHEMA EVOLUTION and evolves nothing without this.
    "spark.databricks.delta.schema.autoMerge.enabled": "true",
    "spark.databricks.delta.snapshotPartitions": "1",
    # The tables of tests are small: compiling a query would take longer than running it.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


def start(packages, ivy, scratch, memory):
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        f"--packages {packages} --driver-memory {memory} --driver-java-options "
        f"'-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -Dderby.system.home={scratch}' pyspark-shell"
    )
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.jars.ivy", str(ivy))
    for key, value in SETTINGS.items():
        builder = builder.config(key, value)
    spark = builder.config("spark.sql.warehouse.dir", str(scratch / "warehouse")).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def text(value):
    """A value as the Statement Execution API writes it in a JSON_ARRAY."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="milliseconds") + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), repr(value))
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (str, int)):
        return str(value)
    if hasattr(value, "asDict"):
        value = value.asDict(recursive=True)
    return json.dumps(value, default=text)


def sql_type(data_type):
    """A type as SQL spells it."""
    return data_type.simpleString().upper() if "<" not in data_type.simpleString() else data_type.simpleString()


class Engine:
    def __init__(self, spark):
        self.spark = spark
        self.lock = threading.Lock()
        self.sessions = {"": (spark, threading.Lock())}  # each with who may change its catalog and database

    def run(self, id, sql, catalog="", schema="", session="", parameters=None):
        context = self.spark.sparkContext
        context.setJobGroup(id, id, interruptOnCancel=True)
        with self.lock:
            if session not in self.sessions:
                self.sessions[session] = (self.spark.newSession(), threading.Lock())
            spark, lock = self.sessions[session]
        with lock:
            if schema:
                spark.sql(f"USE `{catalog or 'spark_catalog'}`.`{schema}`")
            frame = spark.sql(sql, parameters)
        rows = [[text(value) for value in row] for row in frame.collect()]
        columns = [{"name": f.name, "type": sql_type(f.dataType)} for f in frame.schema.fields]
        return {"columns": columns, "rows": rows}

    def cancel(self, id):
        self.spark.sparkContext.cancelJobGroup(id)
        return {}

    def table(self, name):
        frame = self.spark.table(name)
        detail = self.spark.sql(f"DESCRIBE DETAIL {name}").collect()[0].asDict()
        return {
            "columns": [
                {
                    "name": f.name,
                    "type": sql_type(f.dataType),
                    "nullable": f.nullable,
                    "comment": (f.metadata or {}).get("comment", ""),
                }
                for f in frame.schema.fields
            ],
            "comment": detail["description"] or "",
            "properties": detail["properties"],
            "location": detail["location"],
            "id": detail["id"],
            "created_at": int(detail["createdAt"].timestamp() * 1000),
            "updated_at": int(detail["lastModified"].timestamp() * 1000),
        }

    def tables(self, schema):
        return {"names": [row["tableName"] for row in self.spark.sql(f"SHOW TABLES IN {schema}").collect()]}

    def load(self, name, parquet):
        self.spark.sql(f"CREATE SCHEMA IF NOT EXISTS {name.rsplit('.', 1)[0]}")
        self.spark.read.parquet(parquet).write.format("delta").mode("overwrite").saveAsTable(name)
        return {}


def failure(error):
    """An error in the words of Spark, which are those of a warehouse."""
    condition = getattr(error, "getCondition", lambda: None)() or getattr(error, "getErrorClass", lambda: None)()
    message = str(getattr(error, "desc", None) or error).split("\n\nJVM stacktrace")[0]
    if condition and not message.startswith("["):
        message = f"[{condition}] {message}"
    return {"error": {"condition": condition or "", "message": message}}


def serve(engine):
    calls = {f"/{name}": getattr(engine, name) for name in ("run", "cancel", "table", "tables", "load")}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                answer = calls[self.path](**body)
            except Exception as error:
                answer = failure(error)
            out = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packages", required=True, help="Maven coordinates of Delta Lake for Spark")
    parser.add_argument("--ivy", type=Path, required=True, help="where the jars are kept")
    parser.add_argument("--memory", default="2g")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        spark = start(arguments.packages, arguments.ivy, Path(scratch), arguments.memory)
        os.chdir(scratch)
        spark.sql("SELECT 1").collect()
        server = serve(Engine(spark))
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        sys.stdin.read()
        server.shutdown()
        spark.stop()


if __name__ == "__main__":
    main()
