"""Runs featops on disks that are full, sooner or later, and on one that cannot be written.

Each disk is a small file system in memory, so this needs the right to mount one: root, or `unshare --map-root-user
--mount`. On a full disk a command must end by itself and say which place needs room, leave every table at a whole
version and records that agree with them; once there is room the next run completes, with the same content as in a home
that always had room. From a disk that cannot be written everything can still be read.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from crash_home import disagreements, look, unfinished
from crash_run import RUN, SAMPLE, Home, Scenario, from_nothing, to_overwrite, versions_of_nobody

SCENARIOS = (
    Scenario("a first run, from nothing", from_nothing),
    Scenario("overwrites, with another schema", to_overwrite),
)
STEP = 96  # KiB by which each disk is larger than the one before
ROOM = 64 * 1024  # KiB, more than anything here needs
FULL = ("no space left on device", "database or disk is full")
READERS = (
    ("status",),
    ("runs",),
    ("decisions",),
    ("history", "fs_cus_credit_risk"),
    ("diff", "fs_cus_credit_risk", "--param", "end_date=2026-05-01"),
    ("logs",),
)
WRITERS = (RUN, (*SAMPLE, "5"), ("build", "fs_cus_credit_risk"), ("watch", "--once"))


def mount(path: Path, options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "featops", path], check=True)


def remount(path: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", path], check=True)


def kibibytes(path: Path) -> int:
    return int(subprocess.run(["du", "-sk", path], check=True, capture_output=True, text=True).stdout.split()[0])


def fill(scenario: Scenario, binary: Path, place: Path) -> list[str]:
    home = Home(binary, place)
    scenario.prepare(home)
    home.save("before")
    before = look(home.path, {})
    home.must(*scenario.command)
    room_always = look(home.path, before.versions)
    home.clear()
    problems, full, size = [], 0, kibibytes(place / "before")
    while True:
        size += STEP
        mount(home.path, f"size={size}k")
        try:
            home.restore("before")
            told = home.complete(*scenario.command)
            if not told:
                break
            full += 1
            found = [] if any(word in told[0] for word in FULL) and str(home.path) in told[0] else told
            left = look(home.path, before.versions)
            found += disagreements(left) + versions_of_nobody(left, room_always)
            remount(home.path, f"size={ROOM}k")
            found += home.complete(*RUN)
            after = look(home.path, before.versions)
            found += disagreements(after) + unfinished(home.path, after)
            for table, version in room_always.versions.items():
                if after.contents.get((table, after.versions.get(table))) != room_always.contents[table, version]:
                    found.append(f"{table} is not as if there had always been room")
            problems += [f"{size} KiB: {p}" for p in found]
        except OSError as error:  # the home itself does not fit
            if full:
                problems.append(f"{size} KiB: {error}")
        finally:
            subprocess.run(["umount", home.path], check=True)
    print(f"{scenario.name}: {full} full disks, room enough at {size} KiB; {len(problems)} problems")
    return problems


def read_only(binary: Path, place: Path) -> list[str]:
    """Also of a home whose last process was killed, so that its records are partly in their write-ahead logs."""
    home = Home(binary, place)
    to_overwrite(home)
    home.save("before")
    home.clear()
    problems = []
    for killed in (False, True):
        mount(home.path, f"size={ROOM}k")
        home.restore("before")
        if killed:
            process = home.call("watch", "--output", "json")
            while '"polled"' not in (place / "stdout").read_text():
                if process.poll() is not None:
                    return [f"featops watch ended: {(place / 'stderr').read_text()}"]
            process.kill()
            process.wait()
        remount(home.path, "ro")
        for command in READERS:
            problems += home.complete(*command)
        for command in WRITERS:
            told = home.complete(*command)
            if not told or "read-only file system" not in told[0] or str(home.path) not in told[0]:
                problems.append(f"featops {command[0]} on a read-only disk: {told}")
        subprocess.run(["umount", home.path], check=True)
    print(f"a read-only disk: {len(READERS)} commands read, {len(WRITERS)} refuse; {len(problems)} problems")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, required=True, help="the featops to run")
    options = parser.parse_args()
    problems = []
    with tempfile.TemporaryDirectory() as work:
        binary = options.binary.resolve()
        for i, scenario in enumerate(SCENARIOS):
            problems += [f"{scenario.name}: {p}" for p in fill(scenario, binary, Path(work) / str(i))]
        problems += read_only(binary, Path(work) / "read-only")
    for problem in problems[:40]:
        print("  " + problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
