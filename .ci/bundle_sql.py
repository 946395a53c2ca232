"""The SQL files of a bundle, run by Spark as a SQL warehouse runs them: statement by statement in one session.

What they save must be what featops saved from the same sources, and what they must not do they must refuse. Spark has no
Unity Catalog: its information schema is a stand-in here, and the statements that declare keys are looked at, not run.
"""

import argparse
import math
import re
import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession

from delta_engines import SPARK_SETTINGS
from delta_home import SOURCE_DATABASE, feature_database, read_table

DATABASE = "bundle"
TABLES = {
    "bncapers": ("fs_cus_demographic", "fs_cus_credit_risk"),
    "medpag": ("fs_cus_holding_products", "fs_cus_payment_behavior", "fs_cus_transactions"),
}
PARAMETERS = {
    "env": "dev", "environment": "dev", "catalog": "main", "database": DATABASE,
    "start_date": "2019-01-01", "end_date": "actual", "force_overwrite": "false", "overwriteSchema": "false",
    "omit_data_validation_errors": "false", "ignore": "false", "full_build": "false",
}  # fmt: skip
KEYS = ["pk_customer", "tpk_release_dt"]


class Failed(Exception):
    """A statement of a script ended with an error; the message is what it says."""


class Warehouse:
    def __init__(self, spark: SparkSession, bundle: Path):
        self.spark, self.bundle = spark, bundle
        self.declared: set[str] = set()  # tables whose keys the stand-in tells of
        self.alters: list[str] = []
        for database in (DATABASE, "information_schema"):
            spark.sql(f"CREATE DATABASE {database}")

    def build(self, table: str, **given: str) -> None:
        """Runs the file of a task with the parameters of its job, over which are those given."""
        self.information_schema()
        workspace = next(w for w, tables in TABLES.items() if table in tables)
        parameters = PARAMETERS | {"fs_notebook": table} | given
        for statement in self.file(workspace, table):
            if statement.startswith("USE CATALOG"):
                continue
            if statement == "EXECUTE IMMEDIATE featops_statement":
                text = self.spark.sql("SELECT featops_statement").first()[0]
                if text.startswith("ALTER TABLE"):
                    self.alters.append(text)
                    continue
            try:
                self.spark.sql(statement, parameters).collect()
            except Exception as error:
                raise Failed(message(error)) from None

    def registry(self, workspace: str) -> list:
        """Runs the file of the registry task of a workspace."""
        use, *_, look = [s for s in self.file(workspace, "feature_registry") if not s.startswith("USE CATALOG")]
        self.spark.sql(use, PARAMETERS)
        return self.spark.sql(look, PARAMETERS).collect()

    def file(self, workspace: str, task: str) -> list[str]:
        return statements(self.bundle / "sql" / workspace / "demo_feature_store" / f"{task}.sql")

    def information_schema(self) -> None:
        tables = [f"('{DATABASE}', '{name}')" for name in self.tables()]
        self.values("tables", "table_schema, table_name", tables)
        keys = [f"('{DATABASE}', '{name}', 'PRIMARY KEY')" for name in self.declared]
        self.values("table_constraints", "table_schema, table_name, constraint_type", keys)

    def tables(self) -> list[str]:
        return [t["tableName"] for t in self.spark.sql(f"SHOW TABLES IN {DATABASE}").collect() if not t["isTemporary"]]

    def values(self, view: str, columns: str, rows: list[str]) -> None:
        nothing = "(" + ", ".join("''" for _ in columns.split(",")) + ")"
        self.spark.sql(f"CREATE OR REPLACE VIEW information_schema.{view} ({columns}) AS VALUES {', '.join(rows or [nothing])}")

    def version(self, table: str) -> int:
        return self.spark.sql(f"DESCRIBE HISTORY {DATABASE}.{table}").first()["version"]


def statements(file: Path) -> list[str]:
    """A file taken apart at the semicolons: none stands in a text or in a comment."""
    text = re.sub(r"^--.*\n", "", file.read_text(), flags=re.MULTILINE)
    parts = [part.strip() for part in text.split(";")]
    assert parts.pop() == "", f"{file}: something comes after the last statement"
    return parts


def message(error: Exception) -> str:
    try:
        return str(error)
    except Exception:  # of Delta: what Spark knows of errors does not have this one
        return error._origin.toString()


def same(name: str, want, got) -> None:
    """Two Arrow tables with the same columns and rows. Sums of doubles may differ in the order of their terms."""
    assert [c.lower() for c in want.column_names] == [c.lower() for c in got.column_names], f"{name}: {want.column_names} and {got.column_names}"
    order = [(k, "ascending") for k in KEYS]
    want, got = want.sort_by(order), got.sort_by(order)
    assert want.num_rows == got.num_rows, f"{name}: {want.num_rows} rows and {got.num_rows}"
    for column in want.column_names:
        for row, (a, b) in enumerate(zip(want[column].to_pylist(), got[column].to_pylist())):
            close = isinstance(a, float) and isinstance(b, float) and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
            # Rounded to four decimals, two sums in another order can fall to both sides of a tie.
            near = isinstance(a, float) and isinstance(b, float) and abs(a - b) < 1.01e-4
            assert a == b or close or near, f"{name}: {column} of row {row}: {a!r} and {b!r}"


def refused(warehouse: Warehouse, table: str, *words: str, **given: str) -> None:
    before = warehouse.version(table)
    try:
        warehouse.build(table, **given)
    except Failed as failed:
        for word in words:
            assert word in str(failed), f"{table} with {given}: {word!r} is not in {failed}"
        assert warehouse.version(table) == before, f"{table} with {given}: refused, and yet written"
        return
    raise AssertionError(f"{table} with {given}: {words} was not refused")


def check(name: str) -> None:
    print(f"  {name}", flush=True)


def run(spark: SparkSession, home: Path, bundle: Path) -> None:
    warehouse = Warehouse(spark, bundle)
    sql = spark.sql
    check("ignore: nothing is done, even without sources")
    warehouse.build("fs_cus_transactions", ignore="True")
    assert not warehouse.tables()

    sql(f"CREATE DATABASE {SOURCE_DATABASE}")
    for workspace in TABLES:
        for place in sorted((home / "workspaces" / workspace / "dev" / SOURCE_DATABASE).iterdir()):
            sql(f"CREATE TABLE IF NOT EXISTS {SOURCE_DATABASE}.{place.name} USING DELTA LOCATION '{place}'")

    for workspace, tables in TABLES.items():
        for table in tables:
            check(f"{table}: as featops builds it")
            want, _ = read_table(home, workspace, "dev", feature_database("dev"), table)
            warehouse.build(table)
            same(table, want, spark.table(f"{DATABASE}.{table}").toArrow())
            assert len(warehouse.alters) == 3, warehouse.alters
            assert warehouse.alters[2].endswith("PRIMARY KEY (`pk_customer`, `tpk_release_dt` TIMESERIES)")
            warehouse.alters.clear()
            warehouse.declared.add(table)
            described = {r["col_name"]: r["comment"] for r in sql(f"DESCRIBE {DATABASE}.{table}").collect()}
            assert described["pk_customer"] == "Customer." and all(described.values()), described

    table, full = "fs_cus_transactions", f"{DATABASE}.fs_cus_transactions"
    want = spark.table(full).toArrow()
    check("a second run leaves the rows where they are")
    warehouse.build(table)
    assert not warehouse.alters
    metrics = sql(f"DESCRIBE HISTORY {full}").first()["operationMetrics"]
    assert metrics.get("numTargetRowsUpdated", "0") == metrics.get("numTargetRowsInserted", "0") == "0", metrics

    check("what is not as the sources say is put right, inside the window only")
    months = sorted({row[0] for row in sql(f"SELECT tpk_release_dt FROM {full}").collect()})
    sql(f"UPDATE {full} SET ctrx_trx_cnt_m = -1")
    sql(f"DELETE FROM {full} WHERE tpk_release_dt = DATE '{months[-1]}'")
    warehouse.build(table, start_date=str(months[-2]))
    left = sql(f"SELECT tpk_release_dt, count_if(ctrx_trx_cnt_m = -1) FROM {full} GROUP BY ALL ORDER BY 1").collect()
    assert [(m, wrong > 0) for m, wrong in left] == [(m, m < months[-2]) for m in months], left
    warehouse.build(table)
    same(table, want, spark.table(full).toArrow())

    check("a column that the new data lacks stops the save")
    sql(f"ALTER TABLE {full} ADD COLUMNS (extra STRING)")
    sql(f"UPDATE {full} SET extra = 'kept'")
    sql(f"DELETE FROM {full} WHERE tpk_release_dt = DATE '{months[-1]}'")
    refused(warehouse, table, "Missing: extra.", "featops build fs_cus_transactions")
    refused(warehouse, table, "Missing: extra.", force_overwrite="true")
    refused(warehouse, table, "overwriteSchema", force_overwrite="true", omit_data_validation_errors="true")

    check("unless it may stay, with its values")
    warehouse.build(table, omit_data_validation_errors="true")
    left = sql(f"SELECT extra IS NULL, min(tpk_release_dt), max(tpk_release_dt) FROM {full} GROUP BY ALL ORDER BY 1").collect()
    assert [tuple(r) for r in left] == [(False, months[0], months[-2]), (True, months[-1], months[-1])], left

    check("or may go")
    warehouse.declared.discard(table)
    warehouse.build(table, force_overwrite="TRUE", overwriteSchema="true")
    same(table, want, spark.table(full).toArrow())
    assert len(warehouse.alters) == 3, "the keys are not declared again"
    warehouse.declared.add(table)

    check("a new column is added, in the commit that fills it")
    sql(f"CREATE OR REPLACE TABLE {full} USING DELTA AS SELECT * EXCEPT (ctrx_ind_active) FROM {full}")
    before = warehouse.version(table)
    warehouse.build(table)
    assert warehouse.version(table) == before + 1
    same(table, want.select(sorted(want.column_names)), spark.table(full).toArrow().select(sorted(want.column_names)))

    check("another type stops the save")
    sql(f"CREATE OR REPLACE TABLE {full} USING DELTA AS SELECT * EXCEPT (ctrx_ind_active), 'x' AS ctrx_ind_active FROM {full}")
    refused(warehouse, table, "Of another type now: ctrx_ind_active:boolean.")
    warehouse.build(table, force_overwrite="true", overwriteSchema="true")

    check("force_overwrite with the same columns")
    sql(f"UPDATE {full} SET pk_customer = -1")
    warehouse.build(table, force_overwrite="true")
    same(table, want, spark.table(full).toArrow())

    check("parameters that cannot be used come in one error")
    wrong = {"env": "prod", "start_date": "2024-1-1", "end_date": "2024-02-30", "ignore": "yes"}
    refused(warehouse, table, *(f'parameter {name}: "{value}": allowed is ' for name, value in wrong.items()), **wrong)
    refused(warehouse, table, 'parameter fs_notebook: "x"', fs_notebook="x")
    refused(warehouse, table, "not before start_date 2024-02-01", start_date="2024-02-01", end_date="2024-01-01")

    check("rows without a month stop the save")
    customer = sql(f"SELECT max(pk_customer) FROM {full}").first()[0]
    sql(f"UPDATE {SOURCE_DATABASE}.transacciones SET periodo = '2024-13' WHERE id_cliente = {customer}")
    refused(warehouse, table, 'column periodo: "2024-13" is no month', "the allowed share is 0")

    check("a key that comes twice stops the save")
    clients = f"{SOURCE_DATABASE}.clientes"
    kept = "fecha_apertura IS NOT NULL AND id_cliente <> 999999999"  # the other customers are in no table
    customer = sql(f"SELECT min(id_cliente) FROM {clients} WHERE {kept}").first()[0]
    sql(f"INSERT INTO {clients} SELECT * FROM {clients} WHERE id_cliente = {customer} LIMIT 1")
    refused(warehouse, "fs_cus_demographic", "fs_cus_demographic: the key comes 2 times", f"pk_customer {customer}, tpk_release_dt 20")

    check("the registry task tells which tables are here")
    sql(f"DROP TABLE {full}")
    warehouse.information_schema()
    for workspace, other in (("bncapers", "medpag"), ("medpag", "bncapers")):
        told = {r["table"]: (r["workspace"], r["status"]) for r in warehouse.registry(workspace)}
        assert told == {t: (other, "not registered" if t == table else "registered") for t in TABLES[other]}, told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="home of a featops that has run its jobs")
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--spark", required=True, help="Maven coordinates of Delta for Spark")
    parser.add_argument("--ivy", type=Path, required=True, help="where its jars are kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        builder = SparkSession.builder.master("local[2]")
        settings = SPARK_SETTINGS | {
            "spark.jars.packages": options.spark, "spark.jars.ivy": str(options.ivy), "spark.sql.warehouse.dir": f"{work}/warehouse",
            "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:memory:{work};create=true", "spark.log.level": "ERROR",
        }  # fmt: skip
        for key, value in settings.items():
            builder = builder.config(key, value)
        spark = builder.getOrCreate()
        try:
            run(spark, options.home.resolve(), options.bundle.resolve())
        finally:
            spark.stop()
    print("the SQL files of the bundle do what featops does")
    return 0


if __name__ == "__main__":
    sys.exit(main())
