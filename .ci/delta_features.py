"""Tables that Spark and deltalake write with features that featops does not know: it must refuse them by name.

What a reader must know of is refused when reading. What only a writer must know of is refused when writing: such a
table is read like any other, and a refused write leaves nothing behind.
"""

import datetime
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from delta_engines import Featops, Refused, Spark
from delta_values import Column, Rows

ROWS = Rows((Column("id", "long"),), tuple((str(n),) for n in range(3)))
NEWS = Rows(ROWS.columns, (("9",),))

FILL = "INSERT INTO {t} (id) SELECT id FROM range(0, 3, 1, 1)"

# The feature as featops names it, and the statements that make a table with it.
UNREADABLE = {
    "deletionVectors": [
        "CREATE TABLE {t} (id BIGINT) USING delta TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')",
        FILL,
        "DELETE FROM {t} WHERE id = 1",
    ],
    "columnMapping (mode name)": [
        "CREATE TABLE {t} (id BIGINT) USING delta TBLPROPERTIES "
        "('delta.columnMapping.mode' = 'name', 'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5')"
    ],
    "columnMapping": [
        "CREATE TABLE {t} (id BIGINT) USING delta TBLPROPERTIES "
        "('delta.columnMapping.mode' = 'id', 'delta.minReaderVersion' = '3', 'delta.minWriterVersion' = '7')"
    ],
    "v2Checkpoint": ["CREATE TABLE {t} (id BIGINT) USING delta TBLPROPERTIES ('delta.checkpointPolicy' = 'v2')"],
    "typeWidening": [
        "CREATE TABLE {t} (id INT) USING delta TBLPROPERTIES ('delta.enableTypeWidening' = 'true')",
        "ALTER TABLE {t} ALTER COLUMN id TYPE BIGINT",
    ],
    "variantType": ["CREATE TABLE {t} (id BIGINT, v VARIANT) USING delta"],
    "timestampNtz": ["CREATE TABLE {t} (id BIGINT, at TIMESTAMP_NTZ) USING delta"],
    "partition columns": ["CREATE TABLE {t} (id BIGINT, p INT) USING delta PARTITIONED BY (p)"],
}

UNWRITABLE = {
    "checkConstraints": [
        "CREATE TABLE {t} (id BIGINT) USING delta",
        "ALTER TABLE {t} ADD CONSTRAINT positive CHECK (id >= 0)",
    ],
    "changeDataFeed": [
        "CREATE TABLE {t} (id BIGINT) USING delta TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
    ],
    "rowTracking": ["CREATE TABLE {t} (id BIGINT) USING delta TBLPROPERTIES ('delta.enableRowTracking' = 'true')"],
    "inCommitTimestamp": [
        "CREATE TABLE {t} (id BIGINT) USING delta TBLPROPERTIES ('delta.enableInCommitTimestamps' = 'true')"
    ],
    "clustering": ["CREATE TABLE {t} (id BIGINT) USING delta CLUSTER BY (id)"],
    "allowColumnDefaults": [
        "CREATE TABLE {t} (id BIGINT DEFAULT 7) USING delta "
        "TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')"
    ],
}

# For these Spark's SQL has no word where a table has a path and no name.
COMPUTED = {
    "generatedColumns": lambda column: column.generatedAlwaysAs("id * 2"),
    "identityColumns": lambda column: column.generatedAlwaysAsIdentity(),
}


def check_features(featops: Featops, spark: Spark | None, scratch: Path) -> None:
    names = deltalake_features(featops, scratch)
    if spark:
        names += spark_features(featops, spark, scratch)
        names += append_only(featops, spark, scratch)
    print(f"refused by name: {', '.join(names)}", flush=True)


def spark_features(featops: Featops, spark: Spark, scratch: Path) -> list[str]:
    def made(statements: list[str]) -> Path:
        table = Path(tempfile.mkdtemp(dir=scratch)) / "t"
        for statement in statements:
            spark.sql(statement.format(t=f"delta.`{table}`"))
        return table

    for feature, statements in UNREADABLE.items():
        table = made(statements)
        refused(feature, "read", partial(featops.read, table))
        refused(feature, "read", partial(featops.append, table, ROWS))
    for feature, statements in UNWRITABLE.items():
        stays(feature, featops, made([*statements, FILL]))
    for feature, compute in COMPUTED.items():
        table = scratch / feature
        spark.create_computed(table, compute)
        spark.sql(FILL.format(t=f"delta.`{table}`"))
        stays(feature, featops, table)
    return [*UNREADABLE, *UNWRITABLE, *COMPUTED]


def stays(feature: str, featops: Featops, table: Path) -> None:
    """The table can be read, and no write changes anything."""
    before = featops.answer(table)
    if len(before["rows"]) != 3:
        raise AssertionError(f"{feature}: {before['rows']}")
    files = sorted(table.rglob("*"))
    for operation in (
        partial(featops.append, table, NEWS),
        partial(featops.merge, table, NEWS, "id"),
        partial(featops.overwrite, table, NEWS),
        partial(featops.restore, table, 0),
        partial(featops.vacuum, table),
    ):
        refused(feature, "write", operation)
    if featops.answer(table) != before or sorted(table.rglob("*")) != files:
        raise AssertionError(f"{feature}: a refused write has left something behind")


def refused(feature: str, verb: str, operation: Callable[[], object]) -> None:
    try:
        operation()
    except Refused as error:
        text = str(error)
        if (
            f"{verb} " in text
            and "unsupported Delta feature: " in text
            and feature in text.partition("unsupported Delta feature: ")[2]
        ):
            return
        raise AssertionError(f"want {feature} to be refused by {verb}, got {text}") from error
    raise AssertionError(f"{feature} is not refused by {verb}")


def append_only(featops: Featops, spark: Spark, scratch: Path) -> list[str]:
    """A feature of writers that featops has: rows may come, and none may go."""
    table = scratch / "appendonly"
    spark.sql(f"CREATE TABLE delta.`{table}` (id BIGINT) USING delta TBLPROPERTIES ('delta.appendOnly' = 'true')")
    featops.append(table, ROWS)
    if spark.read(table).rows != ROWS.rows:
        raise AssertionError("an append to an append-only table is lost")
    try:
        featops.overwrite(table, ROWS)
    except RuntimeError as error:
        if "delta.appendOnly" in str(error):
            return ["delta.appendOnly"]
        raise
    raise AssertionError("an append-only table is overwritten")


def deltalake_features(featops: Featops, scratch: Path) -> list[str]:
    table = scratch / "deltalake-ntz"
    write_deltalake(str(table), pa.table({"at": [datetime.datetime(2024, 1, 1)]}))
    refused("timestampNtz", "read", partial(featops.read, table))

    table = scratch / "deltalake-constraint"
    write_deltalake(str(table), ROWS.arrow())
    DeltaTable(str(table)).alter.add_constraint({"positive": "id >= 0"})
    stays("checkConstraints", featops, table)

    table = scratch / "deltalake-cdf"
    write_deltalake(str(table), ROWS.arrow(), configuration={"delta.enableChangeDataFeed": "true"})
    stays("changeDataFeed", featops, table)

    table = scratch / "deltalake-partitions"
    write_deltalake(str(table), pa.table({"id": [1], "p": [1]}), partition_by=["p"])
    refused("partition columns", "read", partial(featops.read, table))
    return ["timestampNtz, checkConstraints, changeDataFeed and partition columns of deltalake"]
