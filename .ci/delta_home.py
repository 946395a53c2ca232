"""Where a featops home keeps its Delta tables, and how to read one without featops."""

from pathlib import Path

import pyarrow
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

SOURCE_DATABASE = "demo_db"


class MissingTable(Exception):
    """No Delta table where the home should hold one; the message names the place."""


def feature_database(env: str) -> str:
    return f"feature_store_demo_{env}"


def read_table(home: Path, workspace: str, env: str, database: str, table: str) -> tuple[pyarrow.Table, dict[str, str]]:
    """The newest version of a table: its rows, and the Delta type of each column in order."""
    place = home / "workspaces" / workspace / env / database / table
    try:
        delta = DeltaTable(str(place))
    except TableNotFoundError as error:
        raise MissingTable(f"{database}.{table} of {workspace}: no Delta table at {place}") from error
    types = {field.name: str(getattr(field.type, "type", field.type)) for field in delta.schema().fields}
    return delta.to_pyarrow_table(), types
