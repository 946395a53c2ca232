"""Kills featops (SIGKILL, its whole process group) at random moments, and checks what it leaves.

After each kill every table must open at a whole version with the content that a run that was never killed gave that
version, the records must be intact and agree with the tables, and `featops status` must read them. Then the same command
runs again, to its end: everything must be as in a home that was never killed, and nothing be left over.

The moments are spread evenly over how long the command takes here, measured first. Each worker has one home, which
is put back from a copy before each kill, because registrations name the place of a table.
"""

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from deltalake import DeltaTable, Field
from deltalake.schema import PrimitiveType

from crash_home import OWNERS, State, disagreements, look, table_path, unfinished
from delta_home import feature_database

SAMPLE = ("sample", "--customers", "60", "--months", "8", "--until", "2026-04", "--seed")
RUN = ("run", "--output", "json", "--on-conflict", "accept", "--param", "end_date=2026-05-01")
PATIENCE = 60  # seconds that a command may take before it counts as hanging
LATE = 5  # moments after the end, for each kill, before the measured time counts as wrong


class Home:
    """A featops home that can be put back to how it was."""

    def __init__(self, binary: Path, place: Path):
        self.binary, self.place = binary, place
        self.path = place / "home"
        self.path.mkdir(parents=True)

    def call(self, *args: str) -> subprocess.Popen:
        keep = {k: v for k, v in os.environ.items() if not k.startswith("FEATOPS_")}
        return subprocess.Popen(
            [self.binary, "--home", self.path, *args],
            env=keep | {"XDG_CONFIG_HOME": str(self.place / "config"), "FEATOPS_USER": "ana"},
            stdin=subprocess.DEVNULL,
            stdout=(self.place / "stdout").open("w"),
            stderr=(self.place / "stderr").open("w"),
            start_new_session=True,
        )

    def complete(self, *args: str) -> list[str]:
        """Problems of a command that must succeed."""
        process = self.call(*args)
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return [f"featops {args[0]} did not end within {PATIENCE} s"]
        if code == 0:
            return []
        told = (self.place / "stderr").read_text()[-2000:] + (self.place / "stdout").read_text()[-2000:]
        return [f"featops {' '.join(args)}: exit code {code}: {told}"]

    def must(self, *args: str) -> None:
        if problems := self.complete(*args):
            raise RuntimeError(problems[0])

    def save(self, name: str) -> None:
        shutil.copytree(self.path, self.place / name)

    def put_back(self, name: str) -> None:
        self.clear()
        self.restore(name)

    def clear(self) -> None:
        shutil.rmtree(self.path)
        self.path.mkdir()

    def restore(self, name: str) -> None:
        shutil.copytree(self.place / name, self.path, dirs_exist_ok=True)


def from_nothing(home: Home) -> None:
    # A sample that was begun and of which nothing exists yet, so that the first run makes a small one.
    (home.path / "first-sample.json").write_text(
        json.dumps({"Customers": 60, "Months": 8, "Seed": 3, "Last": "2026-04-01T00:00:00Z"})
    )


def sampled(home: Home) -> None:
    home.must(*SAMPLE, "3")


def built(home: Home) -> None:
    sampled(home)
    home.must(*RUN)


def to_merge(home: Home) -> None:
    """The sources have changed since the tables were built, and the tables are one version before a checkpoint."""
    built(home)
    for table in OWNERS:
        for _ in range(9):
            home.must("restore", table, "--version", "0")
    home.must(*SAMPLE, "4")


def to_overwrite(home: Home) -> None:
    """The tables, and what is registered of them, have a column that a build does not."""
    built(home)
    for table, workspace in OWNERS.items():
        delta = DeltaTable(str(table_path(home.path, workspace, feature_database("dev"), table)))
        delta.alter.add_columns([Field("campaign", PrimitiveType("string"), nullable=True)])
    home.must("register", *OWNERS)


def to_register(home: Home) -> None:
    sampled(home)
    home.must(*RUN, "--no-register")


@dataclass(frozen=True)
class Scenario:
    name: str
    prepare: Callable[[Home], None]
    command: tuple[str, ...] = RUN


SCENARIOS = (
    Scenario("first run, from nothing", from_nothing),
    Scenario("first builds", sampled),
    Scenario("merges, with checkpoints", to_merge),
    Scenario("overwrites, with another schema", to_overwrite),
    Scenario("registrations", to_register),
    Scenario("a new sample", built, (*SAMPLE, "4")),
)


@dataclass
class Outcome:
    """What the kills of one scenario came to."""

    seconds: float = 0.0  # that the command takes
    kills: int = 0
    too_late: int = 0  # the command had ended already
    commits: Counter = field(default_factory=Counter)  # kills by how many tables had a new version
    under_way: int = 0  # kills with a run under way
    problems: list[str] = field(default_factory=list)


def series(scenario: Scenario, binary: Path, place: Path, kills: int, seed: str) -> Outcome:
    home = Home(binary, place)
    scenario.prepare(home)
    home.save("before")
    before = look(home.path, {})
    outcome, times = Outcome(), []
    for _ in range(3):
        home.put_back("before")
        began = time.monotonic()
        home.must(*scenario.command)
        times.append(time.monotonic() - began)
    outcome.seconds = statistics.median(times)
    home.must(*RUN)
    never_killed = look(home.path, before.versions)
    outcome.problems += [f"never killed: {p}" for p in disagreements(never_killed) + unfinished(home.path, never_killed)]

    moments = random.Random(seed)
    while outcome.kills < kills and outcome.too_late < LATE * kills:
        moment = moments.uniform(0, outcome.seconds)
        home.put_back("before")
        if not killed_after(home, scenario.command, moment):
            outcome.too_late += 1
            continue
        outcome.kills += 1
        found = check(home, scenario, before, never_killed, outcome)
        outcome.problems += [f"{scenario.name}, killed after {moment:.4f} s (seed {seed}): {p}" for p in found]
    if outcome.kills < kills:
        outcome.problems.append(f"{scenario.name}: {outcome.too_late} of the moments were after the end")
    return outcome


def killed_after(home: Home, command: tuple[str, ...], moment: float) -> bool:
    """Whether there was something to kill."""
    began = time.monotonic()
    process = home.call(*command)
    time.sleep(max(0.0, began + moment - time.monotonic()))
    if process.poll() is not None:
        return False
    os.killpg(process.pid, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def check(home: Home, scenario: Scenario, before: State, never_killed: State, outcome: Outcome) -> list[str]:
    left = look(home.path, before.versions)
    problems = disagreements(left)
    problems += versions_of_nobody(left, never_killed)
    for table, version in before.versions.items():
        if left.versions.get(table, -1) < version:
            problems.append(f"{table} was at version {version} before, and is at {left.versions.get(table)}")
    outcome.commits[sum(v != before.versions.get(t) for t, v in left.versions.items())] += 1
    outcome.under_way += any(
        row["ended"] is None for name, rows in left.records.items() if name.endswith("workspace.db runs") for row in rows
    )
    problems += home.complete("status", "--output", "json")

    problems += home.complete(*scenario.command)
    if scenario.command != RUN:
        problems += home.complete(*RUN)
    after = look(home.path, before.versions)
    problems += [f"after the next run: {p}" for p in disagreements(after) + unfinished(home.path, after)]
    problems += [f"after the next run: {p}" for p in versions_of_nobody(after, never_killed)]
    for table, version in never_killed.versions.items():
        wanted = never_killed.contents[table, version]
        found = after.contents.get((table, after.versions.get(table)))
        if found != wanted:
            problems.append(f"after the next run: {table}: {found}, want {wanted}")
    return problems


def versions_of_nobody(state: State, never_killed: State) -> list[str]:
    """Versions with a content that no version has in the home that was never killed."""
    whole = {}
    for (table, _), content in never_killed.contents.items():
        whole.setdefault(table, []).append(content)
    return [
        f"{table}: version {version} is not whole: {content}"
        for (table, version), content in state.contents.items()
        if content not in whole.get(table, [])
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, required=True, help="the featops to kill")
    parser.add_argument("--kills", type=int, default=200, help="how many, over all scenarios")
    parser.add_argument("--seed", default="1", help="of the moments")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="scenarios at the same time")
    options = parser.parse_args()

    shares = [options.kills // len(SCENARIOS) + (i < options.kills % len(SCENARIOS)) for i in range(len(SCENARIOS))]
    failed, kills = False, 0
    with tempfile.TemporaryDirectory() as work, ProcessPoolExecutor(options.workers) as pool:
        running = [
            pool.submit(series, s, options.binary.resolve(), Path(work) / str(i), share, f"{options.seed}.{i}")
            for i, (s, share) in enumerate(zip(SCENARIOS, shares, strict=True))
        ]
        for scenario, future in zip(SCENARIOS, running, strict=True):
            o = future.result()
            commits = ", ".join(f"{n} at {k}" for n, k in sorted(o.commits.items()))
            print(
                f"{scenario.name}: {o.kills} kills within {o.seconds:.2f} s, {o.under_way} with a run under way; "
                f"tables with a new version: {commits}; {len(o.problems)} problems",
                flush=True,
            )
            for problem in o.problems[:20]:
                print("  " + problem)
            kills += o.kills
            failed = failed or bool(o.problems)
    print(f"{kills} kills, seed {options.seed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
