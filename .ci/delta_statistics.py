"""Checks the statistics that featops has put into a table's log against the data files, as a reader that skips files
relies on them."""

import datetime
import json
import struct
import urllib.parse
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet

MILLISECOND = datetime.timedelta(milliseconds=1)


def check_statistics(table: Path) -> int:
    """The number of bounds that hold. Files that a vacuum has removed are passed over, and so are files of others
    that featops only restores."""
    checked, known = 0, set()
    for commit in sorted((table / "_delta_log").glob("*.json")):
        actions = [json.loads(line) for line in commit.read_text().splitlines()]
        ours = actions[0].get("commitInfo", {}).get("engineInfo") == "featops"
        for add in [action["add"] for action in actions if "add" in action]:
            if not ours or add["path"] in known or not add.get("stats"):
                known.add(add["path"])
                continue
            known.add(add["path"])
            file = table / urllib.parse.unquote(add["path"])
            if file.exists():
                checked += check_file(file, json.loads(add["stats"], parse_float=Decimal))
    return checked


def check_file(file: Path, stats: dict) -> int:
    data = pyarrow.parquet.read_table(file)
    assert stats["numRecords"] == data.num_rows, (
        f"{file}: {stats['numRecords']} rows by statistics, {data.num_rows} there"
    )
    checked = 0
    for name, count in stats.get("nullCount", {}).items():
        nulls = data.column(name).null_count if name in data.column_names else data.num_rows
        assert count == nulls, f"{file}: column {name}: {count} nulls by statistics, {nulls} there"
    for name in stats.get("minValues", {}).keys() | stats.get("maxValues", {}).keys():
        low, high = stats["minValues"].get(name), stats["maxValues"].get(name)
        if data.schema.field(name).type == pyarrow.float32():
            low, high = single(low), single(high)  # they are the shortest texts of that type
        for value in data.column(name).drop_null().to_pylist():
            assert within(value, low, high), f"{file}: column {name}: {value!r} is not from {low!r} to {high!r}"
        checked += 1
    return checked


def single(bound):
    return None if bound is None else struct.unpack("f", struct.pack("f", float(bound)))[0]


def within(value, low, high) -> bool:
    if isinstance(value, float):
        if value != value or low == "NaN":
            return high in (None, "NaN")
        low, high = float(low), float(high)
    elif isinstance(value, str):
        value, low, high = value.encode(), low.encode(), high.encode()
    elif isinstance(value, datetime.datetime):
        # Other engines cut the greatest time to milliseconds too.
        low, high = datetime.datetime.fromisoformat(low), datetime.datetime.fromisoformat(high)
        high += MILLISECOND if high.year < 9999 else datetime.timedelta(0)
        value = value.replace(microsecond=value.microsecond // 1000 * 1000) if value.year == 9999 else value
    elif isinstance(value, datetime.date):
        value = value.isoformat()
    return (low is None or low <= value) and (high is None or value <= high)
