"""Recomputes the feature tables of a featops home with DuckDB and compares every cell.

Integers, dates, text and booleans must be equal; doubles within 1e-9 relative; columns rounded to four
decimals must be equal too, except where the unrounded value is a tie: there, and only there, the order
in which doubles were summed may decide between two neighbours.
"""

import argparse
import sys
import time
from datetime import date
from pathlib import Path

import duckdb

from delta_home import SOURCE_DATABASE, MissingTable, feature_database, read_table
from feature_sql import COLUMNS, EXACT, FRAMES, KEYS, MACROS, TABLES, expected_sql, feature_names

DELTA_TYPES = {
    "BIGINT": "long",
    "INTEGER": "integer",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "VARCHAR": "string",
    "DATE": "date",
}
EXAMPLES = 10

# A tie, as far as doubles can tell: an unrounded value this near to x.xxxx5, relative to its size too.
TIE_ABSOLUTE, TIE_RELATIVE = 1e-8, 1e-12

COMPARISON_MACROS = f"""
CREATE MACRO near(e, f, slack) AS
  isfinite(e) AND isfinite(f) AND abs(e - f) <= greatest(1e-9 * abs(e), 1e-12, slack);
CREATE MACRO on_tie(x) AS
  abs(abs(x) * 1e4 - floor(abs(x) * 1e4) - 0.5) <= 1e4 * ({TIE_ABSOLUTE} + {TIE_RELATIVE} * abs(x));
CREATE MACRO one_unit_apart(e, f) AS abs(e - f) <= 1.0001e-4;
"""


class Check:
    """One table's comparison: what was found wrong, and how much was compared."""

    def __init__(self, name: str, frame: str):
        self.name, self.frame = name, frame
        self.rows = self.columns = self.cells = self.ties = self.mismatches = 0
        self.examples: list[str] = []

    def wrong(self, sentence: str, count: int = 1) -> None:
        self.mismatches += count
        if len(self.examples) < EXAMPLES:
            self.examples.append(sentence)

    def print(self, seconds: float) -> None:
        print(
            f"{self.name} ({self.frame}): {self.rows:,} rows, {self.columns} columns, {self.cells:,} cells compared, "
            f"{self.ties:,} ties rounded the other way, {self.mismatches:,} mismatches, {seconds:.1f} s"
        )
        for example in self.examples:
            print(f"  {example}")


def check_table(home: Path, env: str, name: str, frame: str, start: str, end: str) -> Check:
    check = Check(name, frame)
    workspace, source = COLUMNS[name]["workspace"], TABLES[name].source
    try:
        source_rows, _ = read_table(home, workspace, env, SOURCE_DATABASE, source)
        found_rows, found_types = read_table(home, workspace, env, feature_database(env), name)
    except MissingTable as error:
        check.wrong(str(error))
        return check

    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    db.execute(MACROS + COMPARISON_MACROS)
    db.register(source, source_rows)
    db.execute(f"CREATE TABLE expected AS {expected_sql(name, frame, start, end)}")
    db.register("found_rows", found_rows)
    db.execute("CREATE TABLE found AS SELECT * FROM found_rows")

    prefix = COLUMNS[name]["prefix"]
    names = {c: prefix + c for c in feature_names(name)}
    if not check_columns(check, db, names, found_types):
        return check
    if check_rows(check, db):
        check_cells(check, db, names)
    return check


def expected_types(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    described = db.execute("DESCRIBE expected").fetchall()
    return {column: DELTA_TYPES[kind] for column, kind, *_ in described if not column.endswith(EXACT)}


def check_columns(check: Check, db: duckdb.DuckDBPyConnection, names: dict[str, str], found: dict[str, str]) -> bool:
    """Names, order and Delta types. Values are compared only where these agree."""
    expected = {names.get(c, c): kind for c, kind in expected_types(db).items()}
    check.columns = len(found)
    for column in expected.keys() - found.keys():
        check.wrong(f"column {column} is missing")
    for column in found.keys() - expected.keys():
        check.wrong(f"column {column} is not in the specification")
    if not check.mismatches:
        for place, (want, have) in enumerate(zip(expected, found, strict=True), start=1):
            if want != have:
                check.wrong(f"column {place} should be {want}, is {have}")
    for column in expected.keys() & found.keys():
        if expected[column] != found[column]:
            check.wrong(f"column {column} should be {expected[column]}, is {found[column]}")
    return not check.mismatches


def check_rows(check: Check, db: duckdb.DuckDBPyConnection) -> bool:
    """The same keys, each once. A table without rows proves nothing and is wrong."""
    keys = ", ".join(KEYS)
    check.rows = db.execute("SELECT count(*) FROM found").fetchone()[0]
    if not db.execute("SELECT count(*) FROM expected").fetchone()[0]:
        check.wrong("the sources give no row: nothing to compare")
        return False
    unwanted = {
        "has a null key": f"SELECT {keys} FROM found WHERE {' OR '.join(f'{k} IS NULL' for k in KEYS)}",
        "is there more than once": f"SELECT {keys} FROM found GROUP BY ALL HAVING count(*) > 1",
        "is missing": f"SELECT {keys} FROM expected ANTI JOIN found USING ({keys})",
        "should not be there": f"SELECT {keys} FROM found ANTI JOIN expected USING ({keys})",
    }
    for fault, query in unwanted.items():
        rows = db.execute(f"{query} ORDER BY ALL").fetchall()
        for key in rows[:EXAMPLES]:
            check.wrong(f"row {key_text(key)} {fault}")
        check.mismatches += max(0, len(rows) - EXAMPLES)
    return not check.mismatches


def check_cells(check: Check, db: duckdb.DuckDBPyConnection, names: dict[str, str]) -> None:
    types = expected_types(db)
    exact = {c.removesuffix(EXACT) for c, *_ in db.execute("DESCRIBE expected").fetchall() if c.endswith(EXACT)}
    verdicts = {c: verdict(c, names[c], types, c in exact) for c in names}
    counts = ", ".join(
        f"count(*) FILTER (WHERE NOT ({same} OR {tie})), count(*) FILTER (WHERE NOT {same} AND {tie})"
        for same, tie in verdicts.values()
    )
    pairs = f"expected AS e JOIN found AS f USING ({', '.join(KEYS)})"
    total, *numbers = db.execute(f"SELECT count(*), {counts} FROM {pairs}").fetchone()
    check.cells = total * (len(names) + len(KEYS))
    for column, wrong, ties in zip(names, numbers[::2], numbers[1::2], strict=True):
        check.ties += ties
        if not wrong:
            continue
        same, tie = verdicts[column]
        unrounded = f"e.{column}{EXACT}" if column in exact else "NULL"
        rows = db.execute(
            f"SELECT {', '.join(KEYS)}, e.{column}, f.{names[column]}, {unrounded} FROM {pairs} "
            f"WHERE NOT ({same} OR {tie}) ORDER BY ALL LIMIT {EXAMPLES}"
        ).fetchall()
        for *key, want, have, before in rows:
            note = "" if before is None else f" (unrounded {before!r})"
            check.wrong(f"{key_text(key)} {names[column]}: expected {want!r}, found {have!r}{note}", 0)
        check.mismatches += wrong


def verdict(column: str, found: str, types: dict[str, str], rounded: bool) -> tuple[str, str]:
    """SQL conditions: the cells agree; the cells differ by one unit of the fourth decimal on a tie."""
    e, f = f"e.{column}", f"f.{found}"
    equal = f"{e} IS NOT DISTINCT FROM {f}"
    if rounded:
        # A rate of change of whole numbers has one right answer even on a tie.
        whole = "_roc_" in column and types[column.split("_roc_")[0]] == "integer"
        tie = "false" if whole else f"coalesce(on_tie({e}{EXACT}) AND one_unit_apart({e}, {f}), false)"
        return equal, tie
    if types[column] != "double":
        return equal, "false"
    slack = "0"
    if "_diff_" in column:
        # A difference carries the last bits of both operands, however near to zero it is itself.
        value = f"e.{column.split('_diff_')[0]}"
        slack = f"1e-14 * (abs({value}) + abs({value} - {e}))"
    return f"({equal} OR coalesce(near({e}, {f}, {slack}), false))", "false"


def key_text(key) -> str:
    return " ".join(str(part) for part in key)


def frame_of_table(text: str) -> tuple[str, str]:
    table, _, frame = text.partition("=")
    if table not in TABLES or frame not in FRAMES:
        raise argparse.ArgumentTypeError(f"{text!r}: want TABLE=FRAME with one of {list(TABLES)} and one of {FRAMES}")
    return table, frame


def month(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the --home that featops ran with")
    parser.add_argument("--env", default="dev")
    parser.add_argument("--frame", type=frame_of_table, action="append", default=[], metavar="TABLE=rows|months")
    parser.add_argument("--start", type=month, default="2019-01-01", help="first tpk_release_dt, inclusive")
    parser.add_argument("--end", type=month, default=date.today().replace(day=1).isoformat(), help="last, inclusive")
    parser.add_argument("--table", choices=TABLES, action="append", help="only these tables; default all")
    options = parser.parse_args()

    frames = dict(options.frame)
    failed = False
    for name in options.table or TABLES:
        began = time.monotonic()
        check = check_table(options.home, options.env, name, frames.get(name, "rows"), options.start, options.end)
        check.print(time.monotonic() - began)
        failed = failed or check.mismatches > 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
