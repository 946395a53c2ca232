"""Two runs of the main job, one straight after the other, from their JSON.

The first builds and registers everything; the second finds everything up to date: the same versions, no
question, no error, and no table registered again.
"""

import argparse
import json
import sys
from pathlib import Path

TABLES = {
    "fs_cus_demographic": ("bncapers", "medpag"),
    "fs_cus_credit_risk": ("bncapers", "medpag"),
    "fs_cus_holding_products": ("medpag", "bncapers"),
    "fs_cus_payment_behavior": ("medpag", "bncapers"),
    "fs_cus_transactions": ("medpag", "bncapers"),
}


def problems(first: dict, second: dict) -> list[str]:
    found = [*of_any_run("first run", first), *of_any_run("second run", second)]
    registered = {(r["table"], r["from"], r["to"]) for r in first["registrations"]}
    for table, (home, other) in TABLES.items():
        if (table, home, other) not in registered:
            found.append(f"first run: {table} of {home} was not registered in {other}")

    before = {t["table"]: t["version"] for t in feature_tasks(first)}
    for task in feature_tasks(second):
        table, version = task["table"], task["version"]
        if not task["up_to_date"]:
            found.append(f"second run: {table} was built again")
        if version != before.get(table):
            found.append(f"second run: {table} is at version {version}, after the first it was at {before.get(table)}")
    for r in second["registrations"]:
        if r["status"] != "unchanged":
            found.append(f"second run: {r['table']} in {r['to']}: {r['status']}, expected unchanged")
    return found


def of_any_run(name: str, run: dict) -> list[str]:
    found = []
    if run["status"] != "success":
        found.append(f"{name}: ended as {run['status']}")
    for kind in ("decisions", "errors"):
        found += [f"{name}: {kind}: {entry}" for entry in run[kind] or []]
    for task in run["tasks"]:
        if task["result_state"] != "SUCCESS":
            found.append(f"{name}: task {task['task']} of {task['workspace']}: {task['result_state']}")
    built = sorted(t["table"] for t in feature_tasks(run))
    if built != sorted(TABLES):
        found.append(f"{name}: feature tasks of {built}, expected one of each of {sorted(TABLES)}")
    return found


def feature_tasks(run: dict) -> list[dict]:
    return [t for t in run["tasks"] if t.get("table")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path, help="what the first `featops run --output json` printed")
    parser.add_argument("second", type=Path, help="what the second printed")
    options = parser.parse_args()

    first, second = (json.loads(path.read_text()) for path in (options.first, options.second))
    found = problems(first, second)
    for problem in found:
        print(problem)
    print(
        f"{len(feature_tasks(second))} tables, {len(first['registrations'])} registrations in the first run, "
        f"{len(second['registrations'])} in the second, {len(found)} problems"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
