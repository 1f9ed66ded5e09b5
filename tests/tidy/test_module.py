#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the finished module shows and needs: every function of the standard and no other name, no
libcrypto and no SQLite from outside, no writable code, and a place in memory that it keeps.

Reads the module with nm and readelf; loads nothing.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("CONCLAVE_BUILD_ROOT", ROOT / "build"))
MODULE = Path(os.environ.get("CONCLAVE_MODULE", BUILD / "libconclave.so"))
# The C library's parts and the loader; in other builds also what those builds are for.
NEEDED = r"lib(c|m|dl|pthread)\.so\.\d+|ld-linux.*|linux-vdso.*"
NEEDED_SANITIZED = r"lib(asan|ubsan|tsan|gcc_s|stdc\+\+|rt|resolv)\.so\.\d+"

failed = False


def result(good, name, why=""):
    global failed
    failed = failed or not good
    if why and not good:
        print(f"# {why}")
    print(f"{'ok' if good else 'not ok'} - {name}")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def standard_functions():
    table = (ROOT / "tests/spec/functions.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {row.split("\t")[0] for row in table if row.startswith("C_")}


def build_option(name):
    options = (BUILD / "meson-info/intro-buildoptions.json")
    if not options.exists():
        return ""
    found = re.search(r'"name": "%s", "value": "?([^",]*)' % name, options.read_text(encoding="utf-8"))
    return found.group(1) if found else ""


def check_names():
    exported = {line.split()[-1].split("@")[0] for line in output("nm", "-D", "--defined-only", str(MODULE)).splitlines()}
    foreign = sorted(name for name in exported if not name.startswith("C_"))
    result(not foreign, "the module exports C_* only", f"also exported: {' '.join(foreign[:20])}")
    standard = standard_functions()
    missing = sorted(standard - exported)
    result(not missing, f"the module exports all {len(standard)} functions", f"missing: {' '.join(missing)}")
    unknown = sorted(name for name in exported - standard if name.startswith("C_"))
    result(not unknown, "the module exports no function that the standard lacks", f"unknown: {' '.join(unknown)}")


def check_needs(dynamic):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    allowed = NEEDED
    if build_option("b_sanitize") not in ("none", ""):
        allowed += "|" + NEEDED_SANITIZED
    if build_option("openssl") == "system":
        allowed += r"|libcrypto\.so\.\d+"
    foreign = [name for name in needed if not re.fullmatch(allowed, name)]
    result(not foreign, "the module needs the C library alone", f"needs also {' '.join(foreign)}")


def check_marks(dynamic, segments):
    result("NODELETE" in dynamic, "the module stays mapped after dlclose (nodelete)")
    result("NOW" in dynamic and "GNU_RELRO" in segments, "relocations are done at once and then read-only")
    result("TEXTREL" not in dynamic, "code is not relocated")
    stack = re.search(r"GNU_STACK.*\n?.*?\b(RWE|RW)\b", segments)
    result(bool(stack) and stack.group(1) == "RW", "the stack is not executable")


def main():
    if not MODULE.exists():
        print("1..0 # SKIP the module is not built")
        sys.exit(77)
    check_names()
    dynamic = output("readelf", "--wide", "--dynamic", str(MODULE))
    check_needs(dynamic)
    check_marks(dynamic, output("readelf", "--wide", "--segments", str(MODULE)))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
