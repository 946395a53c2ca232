"""Training sets of hostile labels: what featops makes here, and what Spark makes of the statement of `featops sql training-set`.

Customers are whole numbers, doubles or texts, known, unknown and none at all; times are days, moments near midnight in several
zones, or texts, before the first release, on a release day, and at the edges of the look-back. Labels come twice and more.
"""

import datetime
import json
import math
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from delta_engines import Spark
from feature_sql import TABLES
from sql_values import Featops, Tally, compare, register

LABELS = 400
LOOKBACK = 45
UTC = datetime.UTC
# Texts that are no customer, and texts that are no time, wherever they stand.
NO_CUSTOMERS = ("", "x", "007", "+7", "-0", "7.0", "1e3", "9223372036854775808", "７")
NO_TIMES = ("", "2024", "2024-07", "2024-7-1", "2024-02-30", "01/07/2024", "today", "2024-07-01T", "2024-07-01T12:00:00 UTC", "12:00:00")


class Labels:
    def __init__(self, seed: int, customers: list[int]):
        self.random = random.Random(seed)
        self.customers = customers

    def often(self, good, bad: tuple):
        """Mostly what is good, sometimes null or what is none."""
        pick = self.random.random()
        return good if pick < 0.88 else None if pick < 0.94 or not bad else self.random.choice(bad)

    def customer(self) -> int:
        return self.random.choice(self.customers if self.random.random() < 0.9 else (1, -1, 2**53 - 1, -(2**53)))

    def day(self) -> datetime.date:
        """A day on which a release is, or the one before, or one at an edge of the look-back after one, or any."""
        release = datetime.date(self.random.randint(2023, 2025), self.random.randint(1, 12), 1)
        return release + datetime.timedelta(self.random.choice((0, -1, 1, LOOKBACK, LOOKBACK + 1, -800, 500, self.random.randint(0, 30))))

    def moment(self) -> datetime.datetime:
        near = self.random.choice((0, 1, 86_399_999_999, 43_200_000_000))
        return datetime.datetime.combine(self.day(), datetime.time(), UTC) + datetime.timedelta(microseconds=near)

    def text(self) -> str:
        zone = datetime.timezone(datetime.timedelta(minutes=self.random.choice((0, -300, 345, 840))))
        moment = self.moment()
        return self.random.choice(
            (
                str(self.day()),
                f"{self.day()} 23:59",
                moment.astimezone(zone).isoformat(timespec="seconds"),
                moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                moment.strftime("%Y-%m-%d %H:%M:%S"),
            )
        )

    def table(self, customer: pa.DataType, when: pa.DataType) -> pa.Table:
        who = {
            pa.int64(): lambda: self.often(self.customer(), ()),
            pa.int32(): lambda: self.often(self.random.choice(self.customers), ()),
            pa.float64(): lambda: self.often(float(self.customer()), (7.5, math.nan, math.inf, -math.inf, 2.0**53 + 2, 1e300)),
            pa.string(): lambda: self.often(self.random.choice(("{}", " {} ", "{}\t")).format(self.customer()), NO_CUSTOMERS),
        }[customer]
        at = {
            pa.date32(): lambda: self.often(self.day(), ()),
            pa.timestamp("us", "UTC"): lambda: self.often(self.moment(), ()),
            pa.string(): lambda: self.often(self.text(), NO_TIMES),
        }[when]
        keys = [(who(), at()) for _ in range(LABELS)]
        keys += self.random.choices(keys, k=LABELS // 4)  # the same customer and day again
        churned = [self.random.choice((True, False, None)) for _ in keys]
        columns = {"n": range(len(keys)), "label": churned, "Cliente": [k[0] for k in keys], "day": [k[1] for k in keys]}
        types = [pa.int64(), pa.bool_(), customer, when]
        return pa.table([pa.array(values, kind) for values, kind in zip(columns.values(), types, strict=True)], names=list(columns))


def check_training_sets(featops: Featops, spark: Spark, seed: int, scratch: Path) -> Tally:
    """Sets over the tables of a home, each of which has several versions."""
    tally = Tally()
    tables = ("fs_cus_demographic", "fs_cus_credit_risk", "fs_cus_transactions")
    for table in tables:
        register(spark, "features", table, featops.table(table))
    rows = featops.built("fs_cus_transactions")
    labels = Labels(seed, sorted(set(rows["pk_customer"].to_pylist()))[:40])
    # A moment between the first two versions of the tables. Delta takes its versions by the times of their files.
    first = [sorted((featops.table(t) / "_delta_log").glob("*.json"))[:2] for t in TABLES]
    between = max(log[0].stat().st_mtime for log in first) + 0.01
    if between >= min(log[1].stat().st_mtime for log in first):
        raise RuntimeError("the first versions of the tables were not made before the second ones")
    as_of = datetime.datetime.fromtimestamp(between, UTC).isoformat()
    moment = pa.timestamp("us", "UTC")
    # Of all columns and tables at once Spark would be busy with the plan for longer than with the rows.
    few = ["--features", "ctrx_ind_active,fs_cus_credit_risk.chr_credits_cnt,CTRX_trx_cnt_m"]
    every = ["--features", few[1] + ",cdmg_gender"]
    for n, (customer, when, more) in enumerate(
        (
            (pa.int64(), pa.date32(), every),
            (pa.float64(), moment, ["--lookback", f"{LOOKBACK}d", "--tables", "fs_cus_transactions"]),
            (pa.string(), pa.string(), ["--lookback", "0d", *few]),
            (pa.int32(), pa.string(), ["--as-of", as_of, "--versions", "fs_cus_transactions=1", "--lookback", "100d", *few]),
        )
    ):
        place, out = scratch / f"labels_{n}.parquet", scratch / f"set_{n}.parquet"
        pa.parquet.write_table(labels.table(customer, when), place)
        register(spark, "labels", f"set_{n}", place, "parquet")
        names = ["--customer", "Cliente", "--time", "day", "--keep-bad-labels", *more]
        featops.run("rows", "training-set", "--labels", str(place), "--out", str(out), *names)
        statement = statement_of(featops, f"labels.set_{n}", *names)
        found = spark.sql(statement).toArrow()
        compare(f"training set {' '.join(more)} of labels {customer} and {when}", pa.parquet.read_table(out), found, tally, ["n"])
    tally.problems += check_refusals(featops, spark)
    return tally


def statement_of(featops: Featops, labels: str, *arguments: str) -> str:
    return json.loads(featops.run("rows", "sql", "training-set", "--labels-table", labels, "--database", "features", *arguments))["statement"]


def check_refusals(featops: Featops, spark: Spark) -> list[str]:
    """What ends featops ends the statement: labels that cannot be joined, and two rows that a label may see."""
    problems = []
    newest = max(featops.built("fs_cus_transactions")["tpk_release_dt"].to_pylist())
    spark.sql("CREATE DATABASE twins")
    table = "features.fs_cus_transactions"
    spark.sql(f"CREATE TABLE twins.fs_cus_transactions USING PARQUET AS SELECT * FROM {table} UNION ALL SELECT * FROM {table} WHERE tpk_release_dt = DATE '{newest}'")
    customer = spark.sql(f"SELECT min(pk_customer) FROM {table} WHERE tpk_release_dt = DATE '{newest}'").collect()[0][0]
    spark.sql(f"CREATE VIEW labels.late AS SELECT {customer}L AS pk_customer, DATE '{newest}' AS at")
    spark.sql("CREATE VIEW labels.early AS SELECT pk_customer, date_sub(at, 1) AS at FROM labels.late")
    spark.sql("CREATE VIEW labels.bad AS SELECT * FROM labels.late UNION ALL SELECT 7L, NULL")
    twins = ["--time", "at", "--features", "ctrx_ind_active", "--database", "twins"]
    if (n := spark.sql(statement_of(featops, "labels.early", *twins)).count()) != 1:
        problems.append(f"a label that sees no row twice has {n} rows")
    for labels, want in (
        ("late", f"fs_cus_transactions: more than one row has the customer {customer} and the release day {newest}"),
        ("bad", "labels labels.bad: a label cannot be joined: column pk_customer is 7, column at is null; repair it, or"),
    ):
        try:
            spark.sql(statement_of(featops, f"labels.{labels}", *twins)).collect()
            problems.append(f"a training set of {labels} labels was made")
        except Exception as error:  # Spark has no class of its own for raise_error
            if want not in str(error):
                problems.append(f"the error is {str(error)[:500]!r}, want {want!r}")
    return problems
