"""The engines that read and write Delta tables of one another, each behind the same few methods.

A write returns the version that the table has then; rows whose columns go beyond the table's bring new columns.
"""

import datetime
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
from deltalake import DeltaTable, write_deltalake

from delta_values import Column, Rows, cells_of

SPARK_SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.schema.autoMerge.enabled": "true",
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    # A vacuum lists each folder in thousands of tasks otherwise.
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
    # Checkpoints of more actions come in several files.
    "spark.databricks.delta.checkpoint.partSize": "8",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # The tables are tiny: compiling a query would take longer than running it.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


def rows_of(schema, table: pa.Table) -> Rows:
    """Rows under the schema that a table's metadata has, given as the protocol's JSON."""
    columns = tuple(Column(f["name"], f["type"], f["nullable"]) for f in json.loads(schema)["fields"])
    return Rows(columns, cells_of(table, columns))


class Refused(Exception):
    """featops does not know a feature of the table; the message is what it says."""


# Spark writes timestamps of 96 bits, which are not to become nanoseconds: those overflow.
READ_OPTIONS = pyarrow.dataset.ParquetReadOptions(coerce_int96_timestamp_unit="us")


class Featops:
    name = "featops"

    def __init__(self, tool: Path):
        self.tool = tool

    def run(self, *arguments: str, request=None) -> dict | int:
        done = subprocess.run([self.tool, *arguments], input=json.dumps(request), capture_output=True, text=True)
        if done.returncode == 3:
            raise Refused(done.stderr)
        if done.returncode != 0:
            raise RuntimeError(f"deltatool {' '.join(arguments)}: {done.stderr}")
        return json.loads(done.stdout)

    def answer(self, table: Path, version: int | None = None, at: datetime.datetime | None = None) -> dict:
        arguments = [] if version is None else ["-version", str(version)]
        return self.run("read", str(table), *(arguments if at is None else ["-at", at.isoformat()]))

    def read(self, table: Path, version: int | None = None, at: datetime.datetime | None = None) -> Rows:
        answer = self.answer(table, version, at)
        columns = tuple(Column(**c) for c in answer["columns"])
        rows = Rows(columns, tuple(tuple(row) for row in answer["rows"]))
        # What it says by statistics must be what the rows say.
        assert answer["count"] == len(rows.rows), f"{answer['count']} rows by statistics"
        for i, c in enumerate(columns):
            there = sum(row[i] is not None for row in rows.rows)
            assert answer["nonNull"].get(c.name, 0) == there, (
                f"{c.name}: {answer['nonNull']} values by statistics, {there} in the rows"
            )
        return rows

    def write(self, table: Path, operation: str, rows: Rows | None = None, **more) -> int:
        request = dict(more)
        if rows is not None:
            request |= {"columns": [vars(c) for c in rows.columns], "rows": rows.rows}
        return self.run("write", str(table), operation, request=request)

    def create(self, table: Path, rows: Rows, configuration: dict[str, str]) -> int:
        return self.write(table, "create", rows, configuration=configuration)

    def append(self, table: Path, rows: Rows) -> int:
        return self.write(table, "append", rows)

    def merge(self, table: Path, rows: Rows, key: str) -> int:
        return self.write(table, "merge", rows, keys=[key])

    def overwrite(self, table: Path, rows: Rows) -> int:
        return self.write(table, "overwrite", rows)

    def restore(self, table: Path, version: int) -> int:
        return self.write(table, "restore", version=version)

    def optimize(self, table: Path) -> int:
        return self.write(table, "optimize")

    def vacuum(self, table: Path) -> int:
        return self.write(table, "vacuum")


class DeltaRs:
    name = "deltalake"

    def read(self, table: Path, version: int | None = None, at: datetime.datetime | None = None) -> Rows:
        delta = DeltaTable(str(table), version=version)
        if at is not None:
            delta.load_as_version(at)
        return rows_of(delta.schema().to_json(), delta.to_pyarrow_dataset(parquet_read_options=READ_OPTIONS).to_table())

    def create(self, table: Path, rows: Rows, configuration: dict[str, str]) -> int:
        write_deltalake(str(table), rows.arrow(), mode="error", configuration=configuration)
        return self.version(table)

    def append(self, table: Path, rows: Rows) -> int:
        write_deltalake(str(table), rows.arrow(), mode="append", schema_mode="merge")
        return self.version(table)

    def merge(self, table: Path, rows: Rows, key: str) -> int:
        merge = DeltaTable(str(table)).merge(
            rows.arrow(), predicate=f"t.{key} = s.{key}", source_alias="s", target_alias="t"
        )
        merge.when_matched_update_all().when_not_matched_insert_all().execute()
        return self.version(table)

    def overwrite(self, table: Path, rows: Rows) -> int:
        write_deltalake(str(table), rows.arrow(), mode="overwrite", schema_mode="overwrite")
        return self.version(table)

    def restore(self, table: Path, version: int) -> int:
        DeltaTable(str(table)).restore(version)
        return self.version(table)

    def optimize(self, table: Path) -> int:
        DeltaTable(str(table)).optimize.compact()
        return self.version(table)

    def vacuum(self, table: Path) -> int:
        DeltaTable(str(table)).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
        return self.version(table)

    def version(self, table: Path) -> int:
        return DeltaTable(str(table)).version()


class DuckDB:
    """Reads the data files that the newest version names: the extension that would read the log has no package
    in the registries that this runs with."""

    name = "DuckDB"

    def read(self, table: Path, version: int | None = None, at: datetime.datetime | None = None) -> Rows:
        assert version is None and at is None
        delta = DeltaTable(str(table))
        schema, files = delta.schema().to_json(), delta.file_uris()
        columns = tuple(Column(f["name"], f["type"]) for f in json.loads(schema)["fields"])
        db = duckdb.connect()
        db.execute("SET TimeZone = 'UTC'")
        db.register("nothing", pa.schema([pa.field(c.name, c.arrow_type()) for c in columns]).empty_table())
        query = "FROM nothing"
        if files:
            query += " UNION ALL BY NAME FROM read_parquet(?, union_by_name = true)"
        return rows_of(schema, db.execute(query, [files] if files else []).to_arrow_table())


class Spark:
    name = "Spark"

    def __init__(self, packages: str, ivy: Path, scratch: Path):
        os.environ["TZ"] = "UTC"
        os.environ["PYSPARK_SUBMIT_ARGS"] = (
            f"--packages {packages} --driver-memory 1g --driver-java-options -XX:TieredStopAtLevel=1 pyspark-shell"
        )
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").config("spark.jars.ivy", str(ivy))
        for key, value in SPARK_SETTINGS.items():
            builder = builder.config(key, value)
        self.spark = builder.config("spark.sql.warehouse.dir", str(scratch / "warehouse")).getOrCreate()
        self.spark.sparkContext.setLogLevel("ERROR")
        self.scratch = scratch

    def sql(self, text: str):
        return self.spark.sql(text)

    def frame(self, rows: Rows):
        """The rows as a Spark frame, by way of a Parquet file, which carries every value exactly."""
        place = Path(tempfile.mkdtemp(dir=self.scratch)) / "rows.parquet"
        pyarrow.parquet.write_table(rows.arrow(), place)
        return self.spark.read.parquet(str(place))

    def read(self, table: Path, version: int | None = None, at: datetime.datetime | None = None) -> Rows:
        reader = self.spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        if at is not None:
            reader = reader.option("timestampAsOf", at.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f"))
        frame = reader.load(str(table))
        return rows_of(frame.schema.json(), frame.toArrow())

    def create(self, table: Path, rows: Rows, configuration: dict[str, str]) -> int:
        writer = self.frame(rows).coalesce(1).write.format("delta")
        for key, value in configuration.items():
            writer = writer.option(key, value)
        writer.save(str(table))
        return self.version(table)

    def append(self, table: Path, rows: Rows) -> int:
        self.frame(rows).write.format("delta").mode("append").option("mergeSchema", "true").save(str(table))
        return self.version(table)

    def merge(self, table: Path, rows: Rows, key: str) -> int:
        self.frame(rows).createOrReplaceTempView("news")
        self.sql(
            f"MERGE INTO delta.`{table}` t USING news s ON t.{key} = s.{key} "
            "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )
        return self.version(table)

    def overwrite(self, table: Path, rows: Rows) -> int:
        self.frame(rows).write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(str(table))
        return self.version(table)

    def restore(self, table: Path, version: int) -> int:
        self.sql(f"RESTORE TABLE delta.`{table}` TO VERSION AS OF {version}")
        return self.version(table)

    def optimize(self, table: Path) -> int:
        self.sql(f"OPTIMIZE delta.`{table}`")
        return self.version(table)

    def vacuum(self, table: Path) -> int:
        self.sql(f"VACUUM delta.`{table}` RETAIN 0 HOURS")
        return self.version(table)

    def create_computed(self, table: Path, compute) -> None:
        """A table of ids and of a column that compute, given its builder, defines."""
        session, builder = self.spark._jsparkSession, self.spark._jvm.io.delta.tables.DeltaTable
        column = compute(builder.columnBuilder(session, "computed").dataType("BIGINT")).build()
        builder.create(session).location(str(table)).addColumn("id", "BIGINT").addColumn(column).execute()

    def version(self, table: Path) -> int:
        return self.sql(f"DESCRIBE HISTORY delta.`{table}` LIMIT 1").collect()[0]["version"]

    def stop(self) -> None:
        self.spark.stop()


def copy_table(table: Path, to: Path) -> Path:
    shutil.copytree(table, to, copy_function=shutil.copy2)
    return to
