#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/tool/names.inc, the names that the tool prints, from the constants of the standard.

Knows which groups of constants.tsv the tool shows. Of two names for one value the current one is taken.

    tools/gen_tool_names.py            writes the file
    tools/gen_tool_names.py --check    exits 1 when the file is not up to date
"""
import csv
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
OUT = TOP / "src/tool/names.inc"

HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/* Names of return codes, mechanisms, key types and their flags: one row each; a kind of row that is
 * not defined is empty. Written by tools/gen_tool_names.py from tests/spec: change the tables, not this. */
"""

GROUPS = {
    "CKR:CK_RV": "RV",
    "CKM:CK_MECHANISM_TYPE": "MECHANISM",
    "CKK:CK_KEY_TYPE": "KEY_TYPE",
    "CKF:CK_MECHANISM_INFO.flags": "MECHANISM_FLAG",
    "CKF:CK_TOKEN_INFO.flags": "TOKEN_FLAG",
}


def text():
    with open(TOP / "tests/spec/constants.tsv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    table = [row for row in table if row["status"] != "proposed" and row["value"] and not row["alias_of"]]
    parts = [HEAD]
    for group, macro in GROUPS.items():
        names = [row["name"] for row in table if row["group"] == group]
        parts.append(f"\n#ifndef {macro}\n#define {macro}(name)\n#endif\n")
        parts += [f"{macro}({name})\n" for name in names if not name.endswith("_VENDOR_DEFINED")]
        parts.append(f"#undef {macro}\n")
    return "".join(parts)


def main():
    want = text()
    if sys.argv[1:] == ["--check"]:
        return 0 if OUT.exists() and OUT.read_text(encoding="utf-8") == want else 1
    OUT.write_text(want, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
