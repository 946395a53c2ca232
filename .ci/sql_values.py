"""What featops computes and what Spark makes of its SQL, and whether every value is the same."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from delta_engines import Spark
from delta_home import SOURCE_DATABASE, feature_database, read_table
from feature_sql import COLUMNS, KEYS, TABLES

ENV = "dev"
EXAMPLES = 5


@dataclass(frozen=True)
class Featops:
    binary: Path
    home: Path

    def run(self, frame: str, *arguments: str) -> str:
        config = self.home.with_suffix(f".{frame}.toml")
        config.write_text("".join(f'[tables.{t}]\nframe = "{frame}"\nbad_rows_share = 1.0\n' for t in TABLES))
        command = [self.binary, "--home", self.home, "--config", config, "--output", "json", *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"featops {' '.join(arguments)}: exit {done.returncode}\n{done.stderr[-3000:]}{done.stdout[-3000:]}")
        return done.stdout

    def source(self, table: str) -> Path:
        return self.home / "workspaces" / COLUMNS[table]["workspace"] / ENV / SOURCE_DATABASE / TABLES[table].source

    def statements(self, table: str, database: str, frame: str = "rows", window: list[str] = ()) -> dict:
        return json.loads(self.run(frame, "sql", table, "--database", database, *window))

    def table(self, table: str) -> Path:
        return self.home / "workspaces" / COLUMNS[table]["workspace"] / ENV / feature_database(ENV) / table

    def built(self, table: str) -> pa.Table:
        return read_table(self.home, COLUMNS[table]["workspace"], ENV, feature_database(ENV), table)[0]


@dataclass
class Tally:
    """What was compared, and what was found to be otherwise."""

    rows: int = 0
    cells: int = 0
    tables: int = 0
    problems: list[str] = field(default_factory=list)  # a sentence each


def compare(what: str, want: pa.Table, found: pa.Table, tally: Tally, keys: list[str] = KEYS) -> None:
    """Names, types and order of the columns, then the rows as a bag: NaN is equal to NaN. A row has its keys alone, mostly."""
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    for name, rows in (("want", want), ("found", found)):
        db.register(f"{name}_rows", rows)
        db.execute(f"CREATE TABLE {name} AS FROM {name}_rows")
    columns, others = (db.execute(f"DESCRIBE {t}").fetchall() for t in ("want", "found"))
    if [c[:2] for c in columns] != [c[:2] for c in others]:
        differ = [(a[:2], b[:2]) for a, b in zip(columns, others, strict=False) if a[:2] != b[:2]]
        tally.problems.append(f"{what}: columns differ: {differ[:EXAMPLES]}, {len(columns)} and {len(others)} of them")
        return
    tally.tables += 1
    tally.rows += len(want)
    tally.cells += len(want) * len(columns)
    sides = [("featops", "want", "found"), ("Spark", "found", "want")]
    if not any(db.execute(f"SELECT count(*) FROM (FROM {a} EXCEPT ALL FROM {b})").fetchone()[0] for _, a, b in sides):
        return
    named, before = ", ".join(keys), len(tally.problems)
    for name, a, b in sides:
        lost = db.execute(f"SELECT {named} FROM {a} EXCEPT ALL SELECT {named} FROM {b} ORDER BY ALL LIMIT {EXAMPLES}").fetchall()
        tally.problems += [f"{what}: only {name} has the row {[str(k) for k in key]}" for key in lost]
    for column, *_ in columns:
        pairs = f"FROM want JOIN found USING ({named}) WHERE want.{column} IS DISTINCT FROM found.{column}"
        if column not in keys and (n := db.execute(f"SELECT count(*) {pairs}").fetchone()[0]):
            rows = db.execute(f"SELECT {named}, want.{column}, found.{column} {pairs} ORDER BY ALL LIMIT {EXAMPLES}").fetchall()
            tally.problems.append(f"{what}: {column} differs in {n} rows, by featops and by Spark: {[tuple(map(str, r)) for r in rows]}")
    if len(tally.problems) == before:
        tally.problems.append(f"{what}: the rows of a key, which are several, are not the same")


def register(spark: Spark, database: str, table: str, place: Path, kind: str = "delta") -> None:
    spark.sql(f"CREATE DATABASE IF NOT EXISTS {database}")
    spark.sql(f"CREATE TABLE {database}.{table} USING {kind} LOCATION '{place}'")
