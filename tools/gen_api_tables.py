#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes from tests/spec what tests/api needs at compile time: returns.inc, the names of all return
codes and the codes that any version of the standard lists for each function; arguments.inc, how to
call each function with arguments from an array. Knows no test.

    tools/gen_api_tables.py            writes the files
    tools/gen_api_tables.py --check    exits 1 when one is not up to date
"""
import csv
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
OUT = TOP / "tests/api"
VERSIONS = ("in_2.40", "in_3.0", "in_3.2")

RETURNS_HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/* Return codes by name, CODE(name), and the codes listed for each function, LISTED(function, code);
 * codes that belong to all functions have ANY, ANY_WITH_SESSION_HANDLE or ANY_USING_A_TOKEN for the
 * function, where all codes may come the code is EVERY_CODE. Written by tools/gen_api_tables.py from tests/spec. */
"""

ARGUMENTS_HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/* Every function of the standard: CALL(name, (names of the parameters), (arguments taken from the
 * array v of struct value)). Written by tools/gen_api_tables.py from tests/spec. */
"""


def rows(name):
    with open(TOP / "tests/spec" / name, newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def returns():
    out = [RETURNS_HEAD]
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
        out.append("LISTED(%s, %s)\n" % (function, row["code"].replace("*", "EVERY_CODE")))
    out.append("#endif\n")
    return "".join(out)


def passed(index, kind):
    if kind == "CK_NOTIFY":
        return "(CK_NOTIFY)v[%d].number" % index
    pointer = kind.endswith("_PTR")
    return "v[%d].%s" % (index, "pointer" if pointer else "number")


def arguments():
    out = [ARGUMENTS_HEAD]
    for row in rows("functions.tsv"):
        params = [param.split() for param in row["params_type_name_in_order"].split(";") if param.strip()]
        names = ", ".join('"%s"' % name for _, name in params)
        values = ", ".join(passed(index, kind) for index, (kind, _) in enumerate(params))
        out.append("CALL(%s, (%s),\n     (%s))\n" % (row["function"], names, values))
    return "".join(out)


def main():
    for name, new in (("returns.inc", returns()), ("arguments.inc", arguments())):
        path = OUT / name
        if "--check" not in sys.argv:
            path.write_text(new)
        elif not path.exists() or path.read_text() != new:
            sys.exit("tests/api/%s is not up to date" % name)


main()
