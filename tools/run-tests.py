#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs meson's tests in a build folder and counts single test cases.

    tools/run-tests.py BUILD [--reports DIR] [--suite NAME]... [--no-suite NAME]... [meson test option]...

Knows TAP, which cmocka programs and our scripts print: each "ok"/"not ok" line is one case. A
program that prints none counts as one case by its exit status; a crash, a time-out, or a plan that
was not carried out counts as one failure more, and so does each file in DIR, where sanitizers put
their reports. Every case goes to BUILD/test-results.tsv (suite,
program, case, result). The last line of output is "N passed, N failed[, N skipped]".
"""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CASE = re.compile(r"^(not )?ok\b\s*(\d+)?\s*(?:-\s*)?(.*?)\s*$")
PLAN = re.compile(r"^1\.\.(\d+)\s*$")
# What the surroundings must not decide: our own settings, and cmocka's choice of format.
REMOVED = ("CONCLAVE_CONF", "CONCLAVE_STORE", "CONCLAVE_LOG", "CONCLAVE_SPARE_SLOT", "CMOCKA_TEST_ABORT",
           "CMOCKA_XML_FILE", "PKCS11_MODULE")
TAIL_LINES = 60


def parse_cases(text):
    """The single results in a program's output, as (name, result), and how many were planned."""
    cases, planned = [], 0
    for line in text.splitlines():
        plan = PLAN.match(line)
        if plan:
            planned += int(plan.group(1))
            continue
        case = CASE.match(line)
        if not case:
            continue
        name = case.group(3)
        skipped = re.search(r"#\s*skip\b\s*(.*)", name, re.IGNORECASE)
        if skipped:
            # cmocka writes "not ok" for these, and the name behind the word SKIP; others before it.
            cases.append((name[:skipped.start()].strip() or skipped.group(1), "skipped"))
        else:
            cases.append((name, "failed" if case.group(1) else "passed"))
    return cases, planned


def judge(record):
    """All results of one meson test, with what the program's end itself says."""
    cases, planned = parse_cases(record.get("stdout", ""))
    result = record["result"]
    if not cases:
        whole = {"OK": "passed", "SKIP": "skipped", "EXPECTEDFAIL": "passed"}.get(result, "failed")
        return [("(program)", whole)]
    failed = any(outcome == "failed" for _, outcome in cases)
    if result not in ("OK", "SKIP") and (not failed or record.get("returncode", 0) < 0 or result != "FAIL"):
        cases.append((f"(ended with {result}, status {record.get('returncode')})", "failed"))
    elif planned > len(cases):
        cases.append((f"({planned - len(cases)} planned cases never ran)", "failed"))
    return cases


def split_name(record):
    """meson calls a test "project:suite / program"."""
    suites, _, program = record["name"].rpartition(" / ")
    return suites.rpartition(":")[2] or "-", program


def run(build, options):
    log = build / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    for folder in ("test-data", "test-config"):
        shutil.rmtree(build / folder, ignore_errors=True)
        (build / folder).mkdir(mode=0o700)
    environment = {name: value for name, value in os.environ.items() if name not in REMOVED}
    # A meson test name must not be cut short in the log that people read.
    environment.setdefault("COLUMNS", "120")
    command = ["meson", "test", "-C", str(build), "--no-rebuild", "--num-processes", str(os.cpu_count() or 2), *options]
    status = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
    if not log.exists():
        return status, []
    with log.open(encoding="utf-8", errors="replace") as lines:
        return status, [json.loads(line) for line in lines]


def show_failure(record, failures):
    suite, program = split_name(record)
    print(f"\n=== {suite}/{program}: {record['result']}")
    for case in failures:
        print(f"    failed: {case}")
    output = record.get("stdout", "").splitlines() + record.get("stderr", "").splitlines()
    for line in output[-TAIL_LINES:]:
        print("    | " + line)


def show_reports(folder):
    """Prints the sanitizers' reports; returns how many there are."""
    reports = sorted(path for path in Path(folder).iterdir() if path.stat().st_size > 0)
    for path in reports:
        print(f"\n=== report {path.name}")
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[:TAIL_LINES]:
            print("    | " + line)
    return len(reports)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build, options = Path(sys.argv[1]), sys.argv[2:]
    reports = None
    if options[:1] == ["--reports"]:
        reports, options = options[1], options[2:]
    status, records = run(build, options)
    count = {"passed": 0, "failed": 0, "skipped": 0}
    rows, skipped = [], []
    for record in records:
        suite, program = split_name(record)
        cases = judge(record)
        for name, outcome in cases:
            count[outcome] += 1
            rows.append((suite, program, name, outcome))
            if outcome == "skipped":
                skipped.append(f"{suite}/{program}: {name}")
        failures = [name for name, outcome in cases if outcome == "failed"]
        if failures:
            show_failure(record, failures)
    with (build / "test-results.tsv").open("w", encoding="utf-8") as table:
        table.write("suite\tprogram\tcase\tresult\n")
        table.writelines("\t".join(part.replace("\t", " ") for part in row) + "\n" for row in rows)
    if skipped:
        print("\nskipped:")
        print("\n".join("    " + line for line in skipped))
    if reports is not None:
        count["failed"] += show_reports(reports)
    if status != 0 and count["failed"] == 0:
        print(f"meson test ended with status {status}")
        count["failed"] = 1
    print()
    tail = f", {count['skipped']} skipped" if count["skipped"] else ""
    print(f"{count['passed']} passed, {count['failed']} failed{tail}")
    sys.stdout.flush()
    sys.exit(1 if count["failed"] or not records else 0)


if __name__ == "__main__":
    main()
