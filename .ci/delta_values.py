"""Rows of Delta tables in a form that hides no difference, and rows that are hard to keep.

A cell is None or a text that says its value exactly, as in deltatool/values.go: floats and doubles by the
hexadecimal digits of their bits, decimals with all digits of their scale, dates as days and timestamps as
microseconds since the epoch in UTC, binaries in hexadecimal.
"""

import datetime
import struct
from dataclasses import dataclass
from decimal import Context, Decimal

import pyarrow as pa

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)
EXACT = Context(prec=80)

INTEGERS = {"byte": pa.int8(), "short": pa.int16(), "integer": pa.int32(), "long": pa.int64()}
FLOATS = {"float": (">f", pa.float32()), "double": (">d", pa.float64())}
PLAIN = {
    "boolean": pa.bool_(),
    "string": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
}


@dataclass(frozen=True)
class Column:
    name: str
    type: str  # by the protocol's name
    nullable: bool = True

    def arrow_type(self) -> pa.DataType:
        if self.type in INTEGERS:
            return INTEGERS[self.type]
        if self.type in FLOATS:
            return FLOATS[self.type][1]
        if self.type in PLAIN:
            return PLAIN[self.type]
        return pa.decimal128(*self.digits())

    def digits(self) -> tuple[int, int]:
        precision, scale = self.type.removeprefix("decimal(").removesuffix(")").split(",")
        return int(precision), int(scale)


@dataclass(frozen=True)
class Rows:
    """Rows with their columns; row order carries no meaning between engines."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]

    def arrow(self) -> pa.Table:
        fields = [pa.field(c.name, c.arrow_type(), c.nullable) for c in self.columns]
        arrays = [
            pa.array([value_of(c.type, row[i]) for row in self.rows], f.type)
            for i, (c, f) in enumerate(zip(self.columns, fields, strict=True))
        ]
        return pa.Table.from_arrays(arrays, schema=pa.schema(fields))

    def plus(self, more: "Rows") -> "Rows":
        """The rows of both; columns that either does not have are null."""
        columns = self.columns + tuple(c for c in more.columns if c not in self.columns)
        return Rows(columns, tuple(spread(self, columns) + spread(more, columns)))

    def upserted(self, news: "Rows", key: str) -> "Rows":
        by_key = {row[place(news.columns, key)]: row for row in spread(news, self.columns)}
        at = place(self.columns, key)
        known = {row[at] for row in self.rows}
        rows = [by_key.get(row[at], row) for row in self.rows]
        return Rows(self.columns, tuple(rows + [row for key, row in by_key.items() if key not in known]))


def place(columns: tuple[Column, ...], name: str) -> int:
    return next(i for i, c in enumerate(columns) if c.name == name)


def spread(rows: Rows, columns: tuple[Column, ...]) -> list[tuple[str | None, ...]]:
    at = {c.name: i for i, c in enumerate(rows.columns)}
    return [tuple(row[at[c.name]] if c.name in at else None for c in columns) for row in rows.rows]


def value_of(kind: str, cell: str | None):
    """The Python value that pyarrow makes the exact value of."""
    if cell is None or kind == "string":
        return cell
    if kind == "boolean":
        return cell == "true"
    if kind == "binary":
        return bytes.fromhex(cell)
    if kind in FLOATS:
        return struct.unpack(FLOATS[kind][0], bytes.fromhex(cell))[0]
    if kind.startswith("decimal"):
        return Decimal(cell)
    return int(cell)


def float_cell(kind: str, value: float) -> str:
    return struct.pack(FLOATS[kind][0], value).hex()


def cells_of(table: pa.Table, columns: tuple[Column, ...]) -> tuple[tuple[str | None, ...], ...]:
    """The rows of an Arrow table that any engine has read, found by name."""
    return tuple(zip(*(column_cells(c, table.column(c.name)) for c in columns), strict=True))


def column_cells(column: Column, values: pa.ChunkedArray) -> list[str | None]:
    kind = column.type
    if kind in ("date", "timestamp"):
        whole = pa.int32() if kind == "date" else pa.int64()
        unit = pa.date32() if kind == "date" else pa.timestamp("us", "UTC")
        if values.type != unit:
            values = values.cast(unit)  # fails where it would lose anything
        values = values.cast(whole)
    elif kind in FLOATS:
        assert values.type == FLOATS[kind][1], values.type
    scale = column.digits()[1] if kind.startswith("decimal") else 0
    return [None if v is None else cell_of(kind, v, scale) for v in values.to_pylist()]


def cell_of(kind: str, value, scale: int) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "binary":
        return value.hex()
    if kind in FLOATS:
        return float_cell(kind, value)
    if kind.startswith("decimal"):
        return format(value.quantize(Decimal(1).scaleb(-scale), context=EXACT), "f")
    return str(value)


def days(text: str) -> str:
    return str((datetime.date.fromisoformat(text) - EPOCH.date()).days)


def micros(text: str) -> str:
    return str((datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC) - EPOCH) // MICROSECOND)


# One column of every type, and of every kind of name that Delta allows without column mapping.
COLUMNS = (
    Column("id", "long"),
    Column("flag", "boolean"),
    Column("i8", "byte"),
    Column("i16", "short"),
    Column("i32", "integer"),
    Column("i64", "long"),
    Column("f32", "float"),
    Column("f64", "double"),
    Column("dec38", "decimal(38,10)"),
    Column("dec18", "decimal(18,0)"),
    Column("dec9", "decimal(9,2)"),
    Column("text", "string"),
    Column("raw", "binary"),
    Column("day", "date"),
    Column("at", "timestamp"),
    Column("größe_日本😀", "integer"),
    Column("per%20cent&<>'\"", "string"),
    Column("select", "integer"),
    Column("Case", "integer"),
)

HARD = {
    "boolean": ["true", "false"],
    "byte": ["-128", "127", "0"],
    "short": ["-32768", "32767", "-1"],
    "integer": ["-2147483648", "2147483647", "0"],
    "long": ["-9223372036854775808", "9223372036854775807", "9007199254740993"],
    "float": [
        float_cell("float", v) for v in (float("inf"), -float("inf"), -0.0, 0.0, 1e-45, 3.4028234663852886e38, 0.1)
    ]
    + ["7fc00000"],
    "double": [
        float_cell("double", v) for v in (float("inf"), -float("inf"), -0.0, 0.0, 5e-324, 1.7976931348623157e308, 0.1)
    ]
    + ["7ff8000000000000"],
    "decimal(38,10)": [
        "9" * 28 + "." + "9" * 10,
        "-" + "9" * 28 + "." + "9" * 10,
        "0.0000000001",
        "-0.0000000001",
        "0.0000000000",
    ],
    "decimal(18,0)": ["999999999999999999", "-999999999999999999", "0"],
    "decimal(9,2)": ["9999999.99", "-9999999.99", "-0.01"],
    "string": [
        "",
        " ",
        "\x00",
        "a\x00b",
        "e\u0301",
        "\u00e9",
        "😀👨‍👩‍👧",
        "مرحبا\u200f",
        "\U0010ffff",
        "\ufffd",
        "\ufeffx",
        "line\nand\ttab\r",
        '"quoted" and \\back\\',
        "null",
        "é" * 31 + "😀😀😀",
        "\U0010ffff" * 40,
        "x" * 5000,
        "\u2028",
        "%2F+ ",
    ],
    "binary": ["", "00", "ff", "c3a9", "ff" * 300],
    "date": [
        days(d)
        for d in ("0001-01-01", "1582-10-04", "1582-10-15", "1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31")
    ],
    "timestamp": [
        micros(t)
        for t in (
            "0001-01-01T00:00:00",
            "1582-10-04T23:59:59.999999",
            "1582-10-15T00:00:00",
            "1677-09-21T00:12:43.145223",
            "1969-12-31T23:59:59.999999",
            "1970-01-01T00:00:00",
            "2024-03-10T10:30:00.000001",
            "2262-04-11T23:47:16.854776",
            "9999-12-31T23:59:59.999999",
        )
    ],
}


def hard_rows() -> Rows:
    """Every hard value of every type, then rows of nulls. Types with fewer values begin again, and some have gaps."""
    height = max(len(values) for values in HARD.values())
    rows = []
    for n in range(height):
        cells: list[str | None] = [str(n)]
        for i, column in enumerate(COLUMNS[1:]):
            values = HARD[column.type]
            cells.append(values[n % len(values)] if n < len(values) or (n + i) % 5 else None)
        rows.append(tuple(cells))
    rows.append((str(height),) + (None,) * (len(COLUMNS) - 1))
    rows.append((None,) * len(COLUMNS))
    return Rows(COLUMNS, tuple(rows))
