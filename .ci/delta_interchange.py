"""Delta tables go from featops to other engines and back, and every value is compared.

A history of one table is written: by featops alone, by each other engine alone, and by all of them in turn. After each
operation featops reads the table, after its own every other engine too, and must find what a plain list of rows says.
Then versions are read again, by their number and by their time, and the newest one from the last checkpoint alone.
"""

import argparse
import datetime
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from delta_engines import DeltaRs, DuckDB, Featops, Spark, copy_table
from delta_features import check_features
from delta_paths import check_paths
from delta_statistics import check_statistics
from delta_values import COLUMNS, Column, Rows, float_cell, hard_rows, micros

KEY = "id"


@dataclass
class History:
    """What a table should hold at each of its versions."""

    table: Path
    versions: dict[int, Rows] = field(default_factory=dict)
    moments: dict[int, datetime.datetime] = field(default_factory=dict)  # right after the version

    @property
    def now(self) -> Rows:
        return self.versions[max(self.versions)]

    def record(self, version: int, rows: Rows) -> None:
        self.versions[version] = rows
        self.moments[version] = datetime.datetime.now(datetime.UTC)


# An operation takes the engine that writes and the history so far, and returns the new version and what it holds.
Operation = Callable[[object, History], tuple[int, Rows]]


def create(engine, h: History) -> tuple[int, Rows]:
    rows = hard_rows()
    # A checkpoint comes before the history is over, whoever writes the commit that it is due at.
    return engine.create(h.table, rows, {"delta.checkpointInterval": "3"}), rows


def append(engine, h: History) -> tuple[int, Rows]:
    news = numbered(h.now.columns, 100, 40)
    return engine.append(h.table, news), h.now.plus(news)


def append_columns(engine, h: History) -> tuple[int, Rows]:
    news = numbered((Column(KEY, "long"), Column("late", "timestamp"), Column("more", "decimal(20,3)")), 200, 3)
    return engine.append(h.table, news), h.now.plus(news)


def merge(engine, h: History) -> tuple[int, Rows]:
    # Rows that were hard are updated with others that are, rows of nulls come and go, and some are new.
    hard = [row for row in numbered(h.now.columns, 300, 2).rows]
    for n, source in ((0, 5), (3, 0), (110, 2), (141, 7), (18, 1)):
        cells = list(h.now.rows[source])
        cells[0] = str(n)
        hard.append(tuple(cells))
    news = Rows(h.now.columns, tuple(hard))
    return engine.merge(h.table, news, KEY), h.now.upserted(news, KEY)


def merge_by_time(engine, h: History) -> tuple[int, Rows]:
    """The key is a time with microseconds, finer than statistics of other engines are."""
    news = Rows(h.now.columns, tuple((f"{n}", micros(f"2024-05-01T00:00:00.00{n}999"), "new") for n in range(3)))
    return engine.merge(h.table, news, "at"), h.now.upserted(news, "at")


def overwrite(engine, h: History) -> tuple[int, Rows]:
    columns = (Column("id", "integer"), Column("at", "timestamp"), Column("note", "string"))
    rows = Rows(columns, (("1", micros("2024-05-01T00:00:00.002999"), None),))
    return engine.overwrite(h.table, rows), rows


def restore(engine, h: History) -> tuple[int, Rows]:
    first = min(h.versions)
    return engine.restore(h.table, first), h.versions[first]


def optimize(engine, h: History) -> tuple[int, Rows]:
    return engine.optimize(h.table), h.now


def vacuum(engine, h: History) -> tuple[int, Rows]:
    return engine.vacuum(h.table), h.now


def empty(engine, h: History) -> tuple[int, Rows]:
    rows = Rows(COLUMNS, ())
    return engine.overwrite(h.table, rows), rows


STEPS: tuple[Operation, ...] = (
    create,
    append,
    append_columns,
    merge,
    append,
    overwrite,
    merge_by_time,
    restore,
    append,
    optimize,
    append,
    merge,
    empty,
    append,
)


def numbered(columns: tuple[Column, ...], first: int, count: int) -> Rows:
    values = {
        "boolean": lambda n: "true" if n % 2 else "false",
        "byte": lambda n: str(n % 100),
        "float": lambda n: float_cell("float", n / 7),
        "double": lambda n: float_cell("double", n / 7),
        "string": lambda n: f"row {n}",
        "binary": lambda n: f"{n:08x}",
        "date": lambda n: str(n * 31 - 3000),
        "timestamp": lambda n: str(n * 86_400_000_001 - 1),
        "decimal(38,10)": lambda n: f"{n}.{n:010}",
        "decimal(9,2)": lambda n: f"-{n}.50",
        "decimal(20,3)": lambda n: f"{n}.125",
    }
    return Rows(columns, tuple(tuple(values.get(c.type, str)(n) for c in columns) for n in range(first, first + count)))


class Mismatch(Exception):
    """An engine reads something else than it should; the message says who, where and what."""


def compare(what: str, want: Rows, found: Rows) -> int:
    """The number of cells that were compared."""
    if want.columns != found.columns:
        raise Mismatch(f"{what}: columns {found.columns}, want {want.columns}")
    missing, extra = Counter(want.rows) - Counter(found.rows), Counter(found.rows) - Counter(want.rows)
    if missing or extra:
        lines = [f"{what}: {sum(missing.values())} rows are missing and {sum(extra.values())} are there instead"]
        for lost, other in list(zip(missing, extra, strict=False))[:3]:
            cells = zip(want.columns, lost, other, strict=True)
            lines += [f"  {c.name} {c.type}: {b!r}, want {a!r}" for c, a, b in cells if a != b]
        lines += [f"  missing: {row}" for row in list(missing)[:2]] + [f"  instead: {row}" for row in list(extra)[:2]]
        raise Mismatch("\n".join(lines))
    return len(want.rows) * len(want.columns)


def scenario(name: str, writers: list, featops: Featops, peers: list, table: Path) -> None:
    """A history whose operations the writers take in turn."""
    began, cells = time.monotonic(), 0
    history = History(table)
    for n, step in enumerate(STEPS):
        writer = writers[n % len(writers)]
        where = f"{name}: {step.__name__} by {writer.name} (operation {n})"
        try:
            history.record(*step(writer, history))
            # How the others read one another is not the question here.
            for reader in [featops, *peers] if writer is featops else [featops]:
                cells += compare(f"{where}, read by {reader.name}", history.now, reader.read(table))
        except Mismatch:
            raise
        except Exception as error:
            raise RuntimeError(where) from error
    readers = [featops, *peers] if featops in writers else [featops]
    travellers = [r for r in readers if r.name != DuckDB.name]
    cells += travel(name, history, travellers)
    cells += without_old_commits(name, history, travellers)
    bounds = check_statistics(table)
    history.record(*vacuum(writers[-1], history))
    for reader in readers:
        cells += compare(
            f"{name}: after a vacuum by {writers[-1].name}, read by {reader.name}", history.now, reader.read(table)
        )
    print(
        f"{name}: {len(STEPS)} operations, {max(history.versions) + 1} versions, {cells:,} cells compared, "
        f"{bounds:,} bounds checked, {time.monotonic() - began:.1f} s",
        flush=True,
    )


def travel(name: str, history: History, readers: list) -> int:
    """Every version, by its number and by a moment before the next one."""
    cells = 0
    for reader in readers:
        # Spark is slow, and what it reads by number it has read when it was new.
        versions = list(history.versions)[:: 4 if reader.name == Spark.name else 1]
        for v in versions:
            want, moment = history.versions[v], history.moments[v]
            cells += compare(f"{name}: version {v} read by {reader.name}", want, reader.read(history.table, version=v))
            if v != max(history.versions):
                what = f"{name}: as of {moment} (version {v}) read by {reader.name}"
                cells += compare(what, want, reader.read(history.table, at=moment))
    return cells


def without_old_commits(name: str, history: History, readers: list) -> int:
    """The newest version when log clean-up has left the last checkpoint and what comes after it."""
    table = copy_table(history.table, history.table.with_name(history.table.name + "-cleaned"))
    log = table / "_delta_log"
    checkpoints = sorted({file.name.partition(".")[0] for file in log.glob("*.checkpoint*.parquet")})
    if not checkpoints:
        raise Mismatch(f"{name}: nobody has written a checkpoint")
    for file in log.iterdir():
        if file.name[:20].isdigit() and file.name[:20] < checkpoints[-1]:
            file.unlink()
    return sum(
        compare(f"{name}: from checkpoint {int(checkpoints[-1])} read by {r.name}", history.now, r.read(table))
        for r in readers
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", type=Path, required=True, help="the built .ci/deltatool")
    parser.add_argument("--spark", metavar="PACKAGES", help="Maven coordinates of delta-spark; without them no Spark")
    parser.add_argument("--ivy", type=Path, help="where the packages are kept")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        featops, deltars, spark = Featops(options.tool), DeltaRs(), None
        readers, peers = [deltars, DuckDB()], [deltars]
        if options.spark:
            spark = Spark(options.spark, options.ivy, scratch)
            readers.append(spark)
            peers.append(spark)
        try:
            check_paths(featops, spark, scratch)
            check_features(featops, spark, scratch)
            for n, writers in enumerate([[featops], *([p] for p in peers), [featops, *peers], [*peers, featops]]):
                title = ", ".join(w.name for w in writers)
                scenario(title, writers, featops, readers, scratch / str(n) / "t")
        except Mismatch as mismatch:
            print(mismatch)
            return 1
        finally:
            if spark:
                spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
