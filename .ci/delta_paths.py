"""Data files with names that need percent-encoding, put into a log by other engines and by featops after them."""

from pathlib import Path

import pyarrow.parquet
from deltalake import convert_to_deltalake

from delta_engines import DeltaRs, Featops, Spark
from delta_values import Column, Rows

COLUMNS = (Column("id", "long"), Column("name", "string"))
NAMES = ("plain", "two words", "50%", "a%20b", "größe+ñ😀", "x#y", "semi;comma,&=~", "'quoted'", "2024-01-01T00.00@(1)")


def check_paths(featops: Featops, spark: Spark | None, scratch: Path) -> None:
    converters = {"deltalake": lambda table: convert_to_deltalake(str(table))}
    if spark:
        converters["Spark"] = lambda table: spark.sql(f"CONVERT TO DELTA parquet.`{table}`")
    readers = [featops, DeltaRs(), *([spark] if spark else [])]
    for converter, convert in converters.items():
        # deltalake does not encode a name that looks as if it were, and then cannot find the file itself.
        names = [name for name in NAMES if converter != "deltalake" or name != "a%20b"]
        table = scratch / f"paths of {converter}"
        table.mkdir()
        rows = Rows(COLUMNS, tuple((str(n), name) for n, name in enumerate(names)))
        for n, name in enumerate(names):
            pyarrow.parquet.write_table(Rows(COLUMNS, (rows.rows[n],)).arrow(), table / f"{name}.parquet")
        convert(table)
        expect(f"{converter} converts", rows, featops, table)
        # Half of the files are removed, and come back.
        news = Rows(COLUMNS, tuple((str(n), "new") for n in range(0, len(names), 2)))
        merged = featops.merge(table, news, "id")
        for reader in readers:
            expect(
                f"{converter} converts, featops merges, {reader.name} reads", rows.upserted(news, "id"), reader, table
            )
        featops.restore(table, merged - 1)
        for reader in readers:
            expect(f"{converter} converts, featops restores, {reader.name} reads", rows, reader, table)
        featops.optimize(table)
        for reader in readers:
            expect(f"{converter} converts, featops optimizes, {reader.name} reads", rows, reader, table)
    print(f"names of files that need encoding: {len(NAMES)}, converted by {' and '.join(converters)}", flush=True)


def expect(what: str, want: Rows, reader, table: Path) -> None:
    found = reader.read(table)
    if sorted(want.rows) != sorted(found.rows):
        raise AssertionError(f"{what}: {sorted(found.rows)}, want {sorted(want.rows)}")
