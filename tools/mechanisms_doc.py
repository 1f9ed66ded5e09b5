#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes doc/mechanisms.md: every mechanism that the module announces, with what it does, from a run of
`conclave mechanisms` and from tests/spec/mechanisms.tsv, and those of the standard that are left out.

    tools/mechanisms_doc.py BUILD            writes doc/mechanisms.md from the module in BUILD
    tools/mechanisms_doc.py BUILD --check    exits 1 unless it is what a run gives

Knows no mechanism but by the reasons in doc/mechanisms_notes.md, which it puts in front.
"""
import csv
import os
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
OUT = TOP / "doc" / "mechanisms.md"
COLUMNS = [("encrypt", "Enc"), ("sign", "Sign"), ("sign-recover", "Rec"), ("digest", "Dig"), ("generate", "Gen"),
           ("generate-key-pair", "Pair"), ("wrap", "Wrap"), ("derive", "Der"), ("encapsulate", "Encap"),
           ("message-encrypt", "M-Enc"), ("message-sign", "M-Sign")]


# Policies (doc/policy.md) and their letters; everything that there is comes with legacy.
PROFILES = [("default", "D"), ("fips-like", "F"), ("cnsa2", "C")]


def announced(build, policy="legacy"):
    environment = dict(os.environ, CONCLAVE_STORE="memory:", CONCLAVE_POLICY=policy)
    text = subprocess.run([build / "conclave", "mechanisms", "--module", build / "libconclave.so"], check=True,
                          capture_output=True, text=True, env=environment).stdout
    header, *lines = text.splitlines()
    sizes_at, flags_at = header.index("KEY SIZES"), header.index("FLAGS")
    for line in lines:
        yield line[:sizes_at].strip(), line[sizes_at:flags_at].strip(), line[flags_at:].split()


def standard():
    with open(TOP / "tests/spec/mechanisms.tsv", encoding="utf-8") as file:
        return {row["mechanism"]: row for row in csv.DictReader(file, delimiter="\t")}


def table(rows, known, permitted):
    yield "| Mechanism | " + " | ".join(title for _, title in COLUMNS) + " | Key sizes | Policies | Parameter |"
    yield "|---|" + "---|" * len(COLUMNS) + "---|---|---|"
    for name, sizes, flags in rows:
        marks = " | ".join("x" if flag in flags else "" for flag, _ in COLUMNS)
        letters = " ".join(letter for policy, letter in PROFILES if name in permitted[policy])
        yield "| %s | %s | %s | %s | %s |" % (name, marks, sizes, letters, known.get(name, {}).get("parameter", ""))


def document(build):
    known, rows = standard(), list(announced(build))
    have = {name for name, _, _ in rows}
    permitted = {policy: {name for name, _, _ in announced(build, policy)} for policy, _ in PROFILES}
    missing = [name for name, row in known.items() if row["status"] == "current" and name not in have]
    yield "<!-- Written by tools/mechanisms_doc.py from a run of the module; the notes are doc/mechanisms_notes.md. -->"
    yield from (TOP / "doc" / "mechanisms_notes.md").read_text(encoding="utf-8").rstrip().splitlines()
    yield ""
    yield "## What the module announces (%d)" % len(rows)
    yield ""
    yield "Under the policy `legacy`. The others ([policy.md](policy.md)), some with fewer uses: D `default`, F `fips-like`, C `cnsa2`."
    yield ""
    yield from table(rows, known, permitted)
    yield ""
    yield "## Mechanisms of the standard that are not there (%d)" % len(missing)
    yield ""
    yield ", ".join(missing) + "."


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    text = "\n".join(document(pathlib.Path(sys.argv[1]).resolve())) + "\n"
    if "--check" in sys.argv:
        sys.exit(0 if OUT.exists() and OUT.read_text(encoding="utf-8") == text else "doc/mechanisms.md is not what a run gives")
    OUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
