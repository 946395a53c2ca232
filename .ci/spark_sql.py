"""The SQL of the feature tables runs on Spark, and every value is compared with what featops computed.

featops builds the five tables from its own sample and from hostile sources, over windows of rows and of months and over a part
of the months; `featops sql` writes a statement for each, which Spark runs over the same Delta tables, in ANSI mode and UTC.
Then come training sets of hostile labels over the tables of the sample, and random definitions, with all that a definition may hold,
over random sources.

All values must be equal to the last bit. Spark adds the doubles of a customer and month in the order in which it reads them; here
that is the order of the source, since one task reads it.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
from deltalake import write_deltalake

from delta_engines import Spark
from feature_sql import TABLES
from hostile_sources import NO_MONTHS, TEST_CUSTOMER, Hostile
from spark_training_sets import check_training_sets
from sql_values import Featops, Tally, compare, register

SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.files.minPartitionNum": "1",
    # Dates before 1582 are what they are in the proleptic calendar.
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
}


def check_home(name: str, featops: Featops, runs: list[tuple[str, list[str]]], spark: Spark) -> Tally:
    """Builds the five tables in each frame and window, and compares."""
    tally = Tally()
    for table in TABLES:
        register(spark, name, TABLES[table].source, featops.source(table))
    for frame, window in runs:
        featops.run(frame, "run", "--no-register", "--param", "force_overwrite=true", *window)
        for table in TABLES:
            found = spark.sql(featops.statements(table, name, frame, window)["statement"]).toArrow()
            compare(f"{name}, {frame} {' '.join(window)}: {table}", featops.built(table), found, tally)
    return tally


def write_hostile(featops: Featops, sources: dict[str, pa.Table]) -> None:
    """Replaces the sources of a home."""
    for table in TABLES:
        rows = sources[TABLES[table].source]
        write_deltalake(str(featops.source(table)), rows, mode="overwrite", schema_mode="overwrite")


def check_bad_rows(featops: Featops, sources: dict[str, pa.Table], spark: Spark) -> list[str]:
    """The statement that counts bad rows, against the list of what is no month."""
    problems = []
    for table, needed in (
        ("fs_cus_transactions", []),
        ("fs_cus_credit_risk", ["buro_score", "calificacion_sistema"]),
        ("fs_cus_payment_behavior", ["calificacion_sistema"]),
    ):
        rows = sources[TABLES[table].source].to_pylist()
        kept = [r for r in rows if r["id_cliente"] not in (None, TEST_CUSTOMER) and all(r[c] is not None for c in needed)]
        bad = [(r["id_cliente"], r["periodo"]) for r in kept if r["periodo"] in NO_MONTHS]
        found = spark.sql(featops.statements(table, "hostile")["bad_rows"]).collect()
        if [(r["rows"], r["bad_rows"]) for r in found] != [(len(kept), len(bad))] or (found[0]["example_customer"], found[0]["example"]) not in bad:
            problems.append(f"bad rows of {table}: {found}, want {len(bad)} of {len(kept)}")
    return problems


def check_overflow(featops: Featops, spark: Spark) -> list[str]:
    """A whole number that INT cannot hold ends the statement, when it is in the output."""
    problems = []
    spark.sql("CREATE DATABASE overflow")
    spark.sql(
        "CREATE TABLE overflow.transacciones USING PARQUET AS SELECT 7L AS id_cliente, '2024-05' AS periodo, 2147483648L AS "
        "numero_transacciones, 1.5D AS monto_total_transacciones, 3L AS recencia_ultima_transaccion"
    )
    later = ["--param", "start_date=2024-07-01"]
    if n := spark.sql(featops.statements("fs_cus_transactions", "overflow", window=later)["statement"]).count():
        problems.append(f"{n} rows after the one that does not fit")
    want = "column ctrx_trx_cnt_m: 2147483648 does not fit INT (customer 7, release date 2024-06-01)"
    try:
        spark.sql(featops.statements("fs_cus_transactions", "overflow")["statement"]).collect()
        problems.append("2147483648 became an INT")
    except Exception as error:  # Spark has no class of its own for raise_error
        if want not in str(error):
            problems.append(f"the error is {str(error)[:500]!r}, want {want!r}")
    return problems


def check_random(folder: Path, spark: Spark) -> Tally:
    """Random definitions. Where featops refuses a whole number, Spark may not have looked at it, and the other way round
    where the number is in a month that is not in the output."""
    tally = Tally()
    for place in sorted(folder.iterdir(), key=lambda p: int(p.name)):
        case = json.loads((place / "case.json").read_text())
        source = pa.ipc.open_file(place / "source.arrow").read_all()
        file = place / "source.parquet"
        # Spark would read whole numbers of 16 bits as SMALLINT, which sources do not have.
        columns = [c.cast(pa.int32()) if c.type == pa.int16() else c for c in source.columns]
        pa.parquet.write_table(pa.table(dict(zip(source.schema.names, columns, strict=True))), file)
        spark.sql("DROP DATABASE IF EXISTS random CASCADE")
        register(spark, "random", case["source"], file, "parquet")
        what = f"random definition {place.name}"
        try:
            found = spark.sql(case["statement"]).toArrow()
        except Exception as error:
            if "error" not in case and "error_elsewhere" not in case:
                tally.problems.append(f"{what}: {str(error)[:1500]}\n{case['statement']}")
            continue
        if "error" in case:
            continue
        want = pa.ipc.open_file(place / "want.arrow").read_all()
        before = len(tally.problems)
        compare(what, want, found, tally)
        if len(tally.problems) > before:
            tally.problems.append(case["statement"])
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, required=True, help="the built featops")
    parser.add_argument("--random", type=Path, required=True, help="random definitions, from features/columnar/spark_test.go")
    parser.add_argument("--spark", metavar="PACKAGES", required=True, help="Maven coordinates of delta-spark")
    parser.add_argument("--ivy", type=Path, required=True, help="where the packages are kept")
    parser.add_argument("--customers", type=int, default=100, help="of the sample")
    parser.add_argument("--hostile-customers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the hostile sources")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        sample, hostile = Featops(options.binary, scratch / "sample"), Featops(options.binary, scratch / "hostile")
        sample.run("rows", "sample", "--customers", str(options.customers), "--until", "2025-06")
        hostile.run("rows", "sample", "--customers", "10")
        sources = Hostile(options.seed, options.hostile_customers).tables()
        write_hostile(hostile, sources)
        part = ["--param", "start_date=2024-03-15", "--param", "end_date=2025-02-10"]
        runs = [("rows", []), ("months", part)]

        spark = Spark(options.spark, options.ivy, scratch)
        for key, value in SETTINGS.items():
            spark.sql(f"SET {key} = {value}")
        problems = []
        try:
            for title, check in {
                "sample": lambda: check_home("sample", sample, runs, spark),
                "hostile sources": lambda: check_home("hostile", hostile, runs, spark),
                "training sets": lambda: check_training_sets(sample, spark, options.seed, scratch),
                "random definitions": lambda: check_random(options.random, spark),
            }.items():
                began = time.monotonic()
                tally = check()
                problems += tally.problems
                print(
                    f"{title}: {tally.tables} tables, {tally.rows:,} rows, {tally.cells:,} cells compared, "
                    f"{len(tally.problems)} problems, {time.monotonic() - began:.1f} s",
                    flush=True,
                )
            problems += check_bad_rows(hostile, sources, spark) + check_overflow(sample, spark)
        finally:
            spark.stop()
    print("\n".join(problems[:40]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
