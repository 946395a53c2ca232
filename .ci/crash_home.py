"""What a featops home must be at any moment, also after a kill: looked at without featops.

The tables are read with deltalake, their rows compared by DuckDB, the records read with sqlite3 from copies, so that
looking changes nothing.
"""

import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from delta_home import SOURCE_DATABASE, feature_database

WORKSPACES = {
    "bncapers": {
        feature_database("dev"): ("fs_cus_demographic", "fs_cus_credit_risk"),
        SOURCE_DATABASE: ("clientes", "buro_credito"),
    },
    "medpag": {
        feature_database("dev"): ("fs_cus_holding_products", "fs_cus_payment_behavior", "fs_cus_transactions"),
        SOURCE_DATABASE: ("productos", "pagos", "transacciones"),
    },
}
OWNERS = {t: w for w, databases in WORKSPACES.items() for t in databases[feature_database("dev")]}
DELTA_TYPES = {
    "BIGINT": "long",
    "INT": "integer",
    "DOUBLE": "double",
    "FLOAT": "float",
    "STRING": "string",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
ENDED_RUN = {"TERMINATED", "SKIPPED", "INTERNAL_ERROR"}


@dataclass
class Content:
    """What a table holds at a version: its columns, and a sum over all rows that any other row would change."""

    columns: tuple[tuple[str, str], ...]
    rows: int
    fingerprint: int

    def __str__(self) -> str:
        return f"{self.rows} rows, {len(self.columns)} columns, fingerprint {self.fingerprint}"


@dataclass
class State:
    """The tables of a home, each with the content of every version that was asked for, and its records."""

    versions: dict[str, int] = field(default_factory=dict)  # newest, of the tables that exist
    contents: dict[tuple[str, int], Content] = field(default_factory=dict)
    records: dict[str, list] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def table_path(home: Path, workspace: str, database: str, table: str) -> Path:
    return home / "workspaces" / workspace / "dev" / database / table


def all_tables():
    for workspace, databases in WORKSPACES.items():
        for database, tables in databases.items():
            for table in tables:
                yield workspace, database, table


def look(home: Path, since: dict[str, int]) -> State:
    """Everything in a home; of each table the content of its versions from the one in since on, and of the newest."""
    state = State()
    for workspace, database, table in all_tables():
        path = table_path(home, workspace, database, table)
        try:
            newest = DeltaTable(str(path))
            state.versions[table] = newest.version()
            for version in range(since.get(table, 0), newest.version() + 1):
                delta = newest if version == newest.version() else DeltaTable(str(path), version=version)
                state.contents[table, version] = content(delta)
        except TableNotFoundError:
            continue
        except Exception as error:  # whatever deltalake, Arrow or DuckDB say: the table does not open
            state.problems.append(f"{table}: does not open: {type(error).__name__}: {error}")
    for name in ("journal-dev.db", *(f"workspaces/{w}/dev/workspace.db" for w in WORKSPACES)):
        state.records |= records(home / name, name, state.problems)
    return state


def content(delta: DeltaTable) -> Content:
    columns = tuple((f.name, str(getattr(f.type, "type", f.type))) for f in delta.schema().fields)
    found = delta.to_pyarrow_table()
    with closing(duckdb.connect()) as db:
        db.register("found", found)
        rows, fingerprint = db.execute("SELECT count(*), coalesce(sum(hash(found)::HUGEINT), 0) FROM found").fetchone()
    return Content(columns, rows, fingerprint)


def records(path: Path, name: str, problems: list[str]) -> dict[str, list]:
    """The rows of a database's tables, by `file table`, from a copy of the file and its log."""
    found = {}
    if not path.exists():
        return found
    with tempfile.TemporaryDirectory() as place:
        for part in (path, Path(f"{path}-wal")):
            if part.exists():
                shutil.copy(part, Path(place) / part.name)
        with closing(sqlite3.connect(Path(place) / path.name)) as db:
            db.row_factory = sqlite3.Row
            try:
                verdict = db.execute("PRAGMA integrity_check").fetchall()
                if [tuple(row) for row in verdict] != [("ok",)]:
                    problems.append(f"{name}: integrity check: {[tuple(row) for row in verdict]}")
                tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
                for (table,) in tables.fetchall():
                    found[f"{name} {table}"] = [dict(row) for row in db.execute(f"SELECT * FROM {table}")]
            except sqlite3.DatabaseError as error:
                problems.append(f"{name}: {error}")
    return found


def disagreements(state: State) -> list[str]:
    """Records of what the tables do not have, and work that is recorded twice."""
    found = list(state.problems)

    def has(what: str, table: str, version: int) -> None:
        newest = state.versions.get(table)
        if newest is None or version > newest:
            found.append(f"{what}: version {version} of {table}, which is at {newest}")

    for name, rows in state.records.items():
        if name.endswith(" runs"):
            for row in rows:
                run = json.loads(row.get("body") or row.get("run"))
                for task in run["tasks"] or []:
                    build = task.get("build")
                    if build and task["status"].get("result_state") == "SUCCESS":
                        has(f"{name}: run {run['id']}", build["table"], build["version"])
    for row in state.records.get("journal-dev.db decisions", []):
        settlement = json.loads(row["settlement"] or "{}")
        if settlement.get("outcome") == "applied":
            has("a decision", json.loads(row["question"])["table"], settlement["version"])
    seen = set()
    for row in state.records.get("journal-dev.db registrations", []):
        key = tuple(row[c] for c in ("from_workspace", "run", "task", "attempt", "feature_table", "to_workspace"))
        if key in seen:
            found.append(f"recorded twice: registration {key}")
        seen.add(key)
        if row["state"] in ("registered", "unchanged"):
            has(f"registration {key}", row["feature_table"], row["version"])
            registered = registration(state, row["to_workspace"], row["feature_table"])
            if registered is None or registered["version"] < row["version"]:
                found.append(f"registration {key} is recorded at version {row['version']}, and not in the workspace")
    for target in WORKSPACES:
        names = [row["name"].lower() for row in state.records.get(f"workspaces/{target}/dev/workspace.db registrations", [])]
        for name in names:
            if names.count(name) > 1:
                found.append(f"{name} is registered twice in {target}")
            found += differences(state, target, name)
    return found


def registration(state: State, target: str, table: str) -> dict | None:
    for row in state.records.get(f"workspaces/{target}/dev/workspace.db registrations", []):
        if row["name"] == table:
            return json.loads(row["body"])
    return None


def differences(state: State, target: str, table: str) -> list[str]:
    """What a registration says otherwise than the version of the table that it names."""
    says = registration(state, target, table)
    content = state.contents.get((table, says["version"]))
    if content is None:
        if says["version"] > state.versions.get(table, -1):
            return [f"{table} is registered in {target} at version {says['version']}, which it does not have"]
        return []  # an old version, which was looked at when it was the newest
    columns = tuple((c["name"], DELTA_TYPES[c["type"]]) for c in says["schema"])
    wrong = []
    if columns != content.columns:
        wrong.append(f"{table} is registered in {target} with other columns than its version {says['version']} has")
    if says["rows"] != content.rows:
        wrong.append(f"{table} is registered in {target} with {says['rows']} rows, version {says['version']} has {content.rows}")
    return wrong


def unfinished(home: Path, state: State) -> list[str]:
    """What must be gone once featops has opened the home again and run to its end."""
    found = []
    for name, rows in state.records.items():
        for row in rows:
            if name.endswith("workspace.db runs"):
                status = json.loads(row["body"])["status"]
                if row["ended"] is None or status["life_cycle_state"] not in ENDED_RUN:
                    found.append(f"{name}: run {row['id']} has not ended")
            elif name.endswith(" builds") and row["ended"] is None and not row["error"]:
                found.append(f"{name}: build {row['id']} is under way")
            elif name.endswith(" decisions") and row["settlement"] is None:
                found.append(f"{name}: question {row['id']} is open")
            elif name == "journal-dev.db registrations" and row["state"] == "pending":
                found.append(f"{name}: {row['feature_table']} into {row['to_workspace']} is pending")
    made = {}
    for row in state.records.get("journal-dev.db registrations", []):
        if row["state"] == "registered":
            made.setdefault((row["feature_table"], row["to_workspace"], row["version"]), []).append(row["seq"])
    found += [f"made twice: registration of {key}" for key, seqs in made.items() if len(seqs) > 1]
    for table, owner in OWNERS.items():
        for target in WORKSPACES:
            if target == owner:
                continue
            says = registration(state, target, table)
            if says is None or says["version"] != state.versions.get(table):
                found.append(f"{table} is at version {state.versions.get(table)}, registered in {target}: {says and says['version']}")
    for workspace in WORKSPACES:
        staging = home / "workspaces" / workspace / "dev" / "_staging"
        if staging.exists() and any(staging.iterdir()):
            found.append(f"{workspace}: left in the staging directory: {[p.name for p in staging.iterdir()]}")
    log = home / "logs" / "featops.jsonl"
    for number, line in enumerate(log.read_text().splitlines() if log.exists() else [], start=1):
        if not line:
            continue
        try:
            json.loads(line)
        except ValueError:
            found.append(f"{log.name} line {number} is no JSON: {line[:80]!r}")
    return found
