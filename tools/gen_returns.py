#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/api/returns.inc from tests/spec: the names of all return codes and, for each
function, the codes that any version of the standard lists for it. Knows no test.

    tools/gen_returns.py            writes the file
    tools/gen_returns.py --check    exits 1 when the file is not up to date
"""
import csv
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
OUT = TOP / "tests/api/returns.inc"
VERSIONS = ("in_2.40", "in_3.0", "in_3.2")

HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/* Return codes by name, CODE(name), and the codes listed for each function, LISTED(function, code);
 * codes that belong to all functions have ANY, ANY_WITH_SESSION_HANDLE or ANY_USING_A_TOKEN for the
 * function. Written by tools/gen_returns.py from tests/spec. */
"""


def rows(name):
    with open(TOP / "tests/spec" / name, newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def text():
    out = [HEAD]
    codes = {row["name"] for row in rows("constants.tsv") if row["name"].startswith("CKR_") and not row["alias_of"]}
    out.append("#ifdef CODE\n")
    seen = set()
    for row in rows("constants.tsv"):
        if row["name"] in codes and row["value"] not in seen:
            seen.add(row["value"])
            out.append("CODE(%s)\n" % row["name"])
    out.append("#endif\n#ifdef LISTED\n")
    for row in rows("returns.tsv"):
        function = row["function"].strip("<>").replace(" ", "_")
        if not any(row[version] == "x" for version in VERSIONS) or not function.startswith(("C_", "ANY")):
            continue
        out.append("LISTED(%s, %s)\n" % (function, row["code"]))
    out.append("#endif\n")
    return "".join(out)


def main():
    new = text()
    if "--check" in sys.argv:
        sys.exit(0 if OUT.exists() and OUT.read_text() == new else "tests/api/returns.inc is not up to date")
    OUT.write_text(new)


main()
