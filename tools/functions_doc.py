#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes doc/functions.md: every function of the standard, in which interface the module has it, and what it answers to a
call with nothing but a good first argument, from a run.

    tools/functions_doc.py BUILD            writes doc/functions.md from the module in BUILD
    tools/functions_doc.py BUILD --check    exits 1 unless it is what a run gives

Knows the order of the lists from tests/spec/functions.tsv; fails when a function is not supported.
"""
import csv
import ctypes
import os
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
OUT = TOP / "doc" / "functions.md"
VERSIONS = [(2, 40), (3, 0), (3, 2)]
LISTS = {(2, 40): "CK_FUNCTION_LIST", (3, 0): "CK_FUNCTION_LIST_3_0", (3, 2): "CK_FUNCTION_LIST_3_2"}
PLACE = "position_1based_after_version_member"
SERIAL_RW = 4 | 2
ALREADY_INITIALIZED, NOT_SUPPORTED = 0x191, 0x54
PIN = b"pin-of-this-run"


class Interface(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("list", ctypes.c_void_p), ("flags", ctypes.c_ulong)]


def rows(name):
    with open(TOP / "tests/spec" / name, encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def codes():
    return {int(row["value"], 0): row["name"] for row in reversed(rows("constants.tsv")) if row["name"].startswith("CKR_")}


class Module:
    """The module in a store in memory, with one token."""

    def __init__(self, build):
        os.environ.update(CONCLAVE_STORE="memory:", CONCLAVE_TEST_TOKENS="1", CONCLAVE_LOG="off")
        self.library = ctypes.CDLL(str(build / "libconclave.so"))
        self.must("C_Initialize", None)
        self.must("C_InitToken", ctypes.c_ulong(0), PIN, ctypes.c_ulong(len(PIN)), b"test-functions".ljust(32))

    def must(self, name, *arguments):
        code = getattr(self.library, name)(*arguments)
        if code != 0:
            sys.exit("%s: 0x%x" % (name, code))

    def session(self):
        handle = ctypes.c_ulong()
        self.must("C_OpenSession", ctypes.c_ulong(0), ctypes.c_ulong(SERIAL_RW), None, None, ctypes.byref(handle))
        return handle.value

    def pointers(self, version, count):
        """The function pointers of the interface of a version."""
        found, wanted = ctypes.POINTER(Interface)(), (ctypes.c_ubyte * 2)(*version)
        self.must("C_GetInterface", b"PKCS 11", wanted, ctypes.byref(found), ctypes.c_ulong(0))
        return (ctypes.c_void_p * count).from_address(found.contents.list + ctypes.sizeof(ctypes.c_void_p))

    def answer(self, pointer, function):
        """To a call with a session, a slot or flags, and zeros."""
        first = function["params_type_name_in_order"].split(";")[0].strip()
        argument = self.session() if first.endswith("hSession") else 1 if function["function"] == "C_WaitForSlotEvent" else 0
        call = ctypes.CFUNCTYPE(ctypes.c_ulong, *[ctypes.c_ulong] * 12)(pointer)
        return call(argument, *[0] * 11)


def table(build):
    names, module, functions = codes(), Module(build), rows("functions.tsv")
    for function in functions:
        marks, pointer, place = [], None, int(function[PLACE])
        for version in VERSIONS:
            inside = LISTS[version] in function["in_lists"].split(",")
            if inside:
                pointer = module.pointers(version, place)[place - 1]
                if not pointer:
                    sys.exit("%s is NULL in %s" % (function["function"], LISTS[version]))
            marks.append("x" if inside else "")
        ends = function["function"] == "C_Finalize"  # not yet
        code = ALREADY_INITIALIZED if function["function"] == "C_Initialize" else 0 if ends else module.answer(pointer, function)
        if code == NOT_SUPPORTED:
            sys.exit("%s is not supported" % function["function"])
        yield "| %s | %s | %s |" % (function["function"], " | ".join(marks), names.get(code, hex(code)))
    module.must("C_Finalize", None)


def document(build):
    lines = list(table(build))
    yield "<!-- Written by tools/functions_doc.py from a run of the module. -->"
    yield "# Functions"
    yield ""
    yield ("All %d functions of PKCS #11 v3.2 are there. Which of the three interfaces has each, and what it answers to a call "
           "with a good session, slot or flags and otherwise zeros: none says CKR_FUNCTION_NOT_SUPPORTED. That each works is "
           "for `tests/api`; [rules.md](rules.md) lists the rules that its tests pin." % len(lines))
    yield ""
    yield "| function | " + " | ".join("%d.%d" % version for version in VERSIONS) + " | answers |"
    yield "|---|" + "---|" * (len(VERSIONS) + 1)
    yield from lines


def main():
    build, check = pathlib.Path(sys.argv[1]).resolve(), "--check" in sys.argv[2:]
    text = "\n".join(document(build)) + "\n"
    if not check:
        OUT.write_text(text, encoding="utf-8")
    elif not OUT.exists() or OUT.read_text(encoding="utf-8") != text:
        sys.exit("doc/functions.md is not what a run gives: make docs")


if __name__ == "__main__":
    main()
