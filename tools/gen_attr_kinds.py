#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/attr/attr_kinds.inc, the table of attribute types, from the tables of the standard.

Knows which data type of attributes.tsv is read as which kind. An attribute whose data type differs
from class to class (CKA_VALUE is a big integer in an EC key) is bytes; its key type normalises it.

    tools/gen_attr_kinds.py            writes the file
    tools/gen_attr_kinds.py --check    exits 1 when the file is not up to date
"""
import csv
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
OUT = TOP / "src/attr/attr_kinds.inc"

HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/* Every attribute type of the standard with the kind of its value, in rising order of type.
 * Written by tools/gen_attr_kinds.py from tests/spec: change the tables, not this. */
"""

KINDS = {
    "Big integer": "ATTR_BIGINT",
    "Byte array": "ATTR_BYTES",
    "CK_CHAR[16]": "ATTR_BYTES",
    "CK_VERSION": "ATTR_BYTES",
    "BOOL": "ATTR_BOOL",
    "CK_BBOOL": "ATTR_BOOL",
    "CK_DATE": "ATTR_DATE",
    "CK_ATTRIBUTE_PTR": "ATTR_NESTED",
    "CK_ULONG_PTR": "ATTR_ULONGS",
    "CK_MECHANISM_TYPE_PTR, pointer to a CK_MECHANISM_TYPE array": "ATTR_ULONGS",
    "RFC2279 string": "ATTR_STRING",
    "RFC 2279 string": "ATTR_STRING",
    "CK_UTF8CHAR": "ATTR_STRING",
}
ULONGS = {
    "ULONG", "CK_ULONG", "CK_FLAGS", "CK_OBJECT_CLASS", "CK_KEY_TYPE", "CK_CERTIFICATE_TYPE",
    "CKA_CERTIFICATE_CATEGORY", "CK_HW_FEATURE_TYPE", "CK_JAVA_MIDP_SECURITY_DOMAIN", "CK_MECHANISM_TYPE",
    "CK_PROFILE_ID", "CK_TRUST", "CK_VALIDATION_TYPE", "CK_VALIDATION_AUTHORITY_TYPE",
    "CK_ML_DSA_PARAMETER_SET_TYPE", "CK_ML_KEM_PARAMETER_SET_TYPE", "CK_SLH_DSA_PARAMETER_SET_TYPE",
    "CK_XMSS_PARAMETER_SET_TYPE", "CK_XMSSMT_PARAMETER_SET_TYPE",
}
# Types that the header still names but no table describes any more.
FORMER = {"CKA_SECONDARY_AUTH": "ATTR_BOOL", "CKA_AUTH_PIN_FLAGS": "ATTR_ULONG"}


def rows(name):
    with open(TOP / "tests/spec" / name, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def kinds():
    found = {}
    for row in rows("attributes.tsv"):
        data_type = row["data_type"]
        kind = "ATTR_ULONG" if data_type in ULONGS else KINDS[data_type]
        found.setdefault(row["attribute"], set()).add(kind)
    one = dict(FORMER)
    for name, several in found.items():
        if len(several) > 1 and not several <= {"ATTR_BYTES", "ATTR_BIGINT"}:
            sys.exit(f"{name}: {sorted(several)}")
        one[name] = "ATTR_BYTES" if len(several) > 1 else several.pop()
    return one


def text():
    kind_of = kinds()
    table = {}
    for row in rows("constants.tsv"):
        name = row["name"]
        if not row["group"].startswith("CKA:") or row["alias_of"] or not row["value"] or name == "CKA_VENDOR_DEFINED":
            continue
        value = int(row["value"], 0)
        if value in table:
            sys.exit(f"{name}: the value of {table[value]} too")
        if name not in kind_of:
            sys.exit(f"{name}: no data type")
        table[value] = name
    lines = [f"ATTR_TYPE({name}, {kind_of[name]})\n" for _, name in sorted(table.items())]
    return HEAD + "".join(lines)


def main():
    want = text()
    if sys.argv[1:] == ["--check"]:
        return 0 if OUT.exists() and OUT.read_text(encoding="utf-8") == want else 1
    OUT.write_text(want, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
