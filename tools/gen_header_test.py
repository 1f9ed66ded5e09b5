#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Writes tests/unit/spec/header_rows.inc: one row for each fact that the tables in
# tests/spec state about pkcs11.h. test_pkcs11_h.c turns the rows into checks.
# Reads the tables by itself and shares nothing with gen_pkcs11_h.py, so that a
# mistake made there shows up here. The result is checked in.

import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPEC = ROOT / "tests" / "spec"
ROWS = ROOT / "tests" / "unit" / "spec" / "header_rows.inc"

TOP = """\
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tables in tests/spec say about pkcs11.h, row by row: read by test_pkcs11_h.c.
 * Written by tools/gen_header_test.py; no include guard, an undefined kind of row is empty.
 *
 *   CONSTANT(name, value)                     a #define
 *   TYPE(name, meaning)                       a typedef of another type
 *   CALLBACK(name, params)                    a typedef of a pointer to a function
 *   STRUCT(name, size)                        size on LP64
 *   MEMBER(struct, member, type, offset)      offset on LP64
 *   ENTRY(list, function, position)           nth pointer of a function list, from 1
 */
"""

KINDS = ["CONSTANT(name, value)", "TYPE(name, meaning)", "CALLBACK(name, params)",
         "STRUCT(name, size)", "MEMBER(type, member, kind, offset)",
         "ENTRY(list, function, position)"]


def cells(name):
    lines = (SPEC / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:]]


def constant_rows():
    for name, value, _, _, status, *_ in cells("constants.tsv"):
        if status != "proposed":
            yield f"CONSTANT({name}, {value if value.startswith('~') else value + 'UL'})"


def struct_rows(name, members, size, offsets):
    yield f"STRUCT({name}, {size})"
    pairs = [member.strip().rsplit(" ", 1) for member in members.split(";")]
    places = offsets.split(" ")
    assert len(pairs) == len(places), name
    for (kind, member), place in zip(pairs, places):
        yield f"MEMBER({name}, {member}, {kind}, {place})"


def type_rows():
    for name, kind, _, count, cell, size, offsets, *_ in cells("structs.tsv"):
        if kind == "struct" and offsets:
            rows = list(struct_rows(name, cell, size, offsets))
            assert len(rows) == int(count) + 1, name
            yield from rows
        elif kind == "struct":
            yield f"STRUCT({name}, {size})"
            yield f"MEMBER({name}, version, CK_VERSION, 0)"
        elif kind == "function-pointer":
            yield f"CALLBACK({name}, ({cell.replace(';', ',')}))"
        else:
            yield f"TYPE({name}, {cell})"


def entry_rows():
    for function, _, lists, position, *_ in cells("functions.tsv"):
        for name in lists.split(","):
            yield f"ENTRY({name}, {function}, {position})"


def outputs():
    """Every file of this generator with its text."""
    lines = []
    for kind in KINDS:
        word = kind.partition("(")[0]
        lines += ["", f"#ifndef {word}", f"#define {kind}", "#endif"]
    for rows in (constant_rows(), type_rows(), entry_rows()):
        lines += ["", *rows]
    lines.append("")
    lines += [f"#undef {kind.partition('(')[0]}" for kind in KINDS]
    return {ROWS: TOP + "\n".join(lines) + "\n"}


def main():
    for path, text in outputs().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
