#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the rules of style that a machine can check: check_tidy.py [ROOT].

Each rule is one function below and one line of output. Layers and sizes have checks of their own.
"""
import re
import sys
from pathlib import Path

from csource import ROOT, Report, all_files, c_files, code_only, functions, read

SPDX = "SPDX-License-Identifier: Apache-2.0"
SOURCE_SUFFIXES = {".c", ".h", ".cpp", ".py", ".sh", ".sql", ".build", ".inc", ".map", ".in", ".supp"}
SOURCE_NAMES = {"Makefile", "run", "meson_options.txt"}
# Free of the licence line: data that others made, and input of tests.
DATA = ("tests/spec/", "fuzz/seeds/")

BANNED_EVERYWHERE = {
    "strcpy": "memcpy with a known length", "strcat": "snprintf", "sprintf": "snprintf", "vsprintf": "vsnprintf",
    "stpcpy": "memcpy with a known length", "strncpy": "memcpy with a known length", "strncat": "snprintf",
    "gets": "fgets", "strtok": "strtok_r", "alloca": "a fixed array", "rand": "the random facade",
    "srand": "the random facade", "random": "the random facade", "tmpnam": "mkstemp", "mktemp": "mkstemp",
}
BANNED_IN_SOURCE = {
    "atoi": "strtol", "atol": "strtol", "atoll": "strtoll",
    "system": "nothing", "popen": "nothing", "getenv": "secure_getenv", "setenv": "nothing", "putenv": "nothing",
    "localtime": "gmtime_r", "gmtime": "gmtime_r",
}
BANNED_IN_LAYERS = {
    "exit": "a return code", "_exit": "a return code", "_Exit": "a return code", "abort": "CKR_GENERAL_ERROR",
    "atexit": "nothing", "on_exit": "nothing", "pthread_atfork": "nothing", "signal": "nothing",
    "printf": "the log", "puts": "the log", "putchar": "the log", "perror": "the log",
    "err": "the log", "errx": "the log", "raise": "a return code",
}
# Comments that make an exception, with the reason behind them, on the line or the one above.
COMPARE_MARK = "not secret"
ALLOW_MARK = "allowed:"


def relative(root, path):
    return path.relative_to(root).as_posix()


def is_source(root, path):
    name = relative(root, path)
    if name.startswith(DATA):
        return False
    return path.suffix in SOURCE_SUFFIXES or path.name in SOURCE_NAMES


def check_licence(report, root):
    for path in all_files(root):
        if is_source(root, path) and SPDX not in "\n".join(read(path).splitlines()[:3]):
            report.add(path, 1, f"the line {SPDX} is missing at the top")


def check_purpose(report, root):
    """Behind the licence line, a comment that says what the file knows."""
    for path in all_files(root):
        if not is_source(root, path) or path.suffix not in (".c", ".h", ".py", ".sh"):
            continue
        head = [line for line in read(path).splitlines()[:12] if line.strip() and SPDX not in line]
        head = [line for line in head if not line.startswith("#!")][:2]
        words = " ".join(head).strip()
        if not words.startswith(("/*", "*", "#", '"""', "//")) or words.startswith(("#include", "#ifndef", "#define")):
            report.add(path, 2, "no comment says what this file knows")


def check_whitespace(report, root):
    for path in all_files(root):
        if not is_source(root, path):
            continue
        text = read(path)
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                report.add(path, number, "blanks at the end of the line")
        if text and not text.endswith("\n"):
            report.add(path, text.count("\n") + 1, "no newline at the end")


def check_return_types(report, root):
    """false is CKR_OK and CKR_OK is false: each kind of function returns its own kind of value."""
    for path in c_files(root):
        for function in functions(read(path)):
            kind = function.before.replace("static", "").replace("inline", "").split()
            if "CK_RV" in kind:
                wrong = r"\breturn\s+\(?(true|false|TRUE|FALSE|CK_TRUE|CK_FALSE|NULL|-\s*1)\b"
            elif "bool" in kind:
                wrong = r"\breturn\s+\(?(CKR_\w+|NULL|-\s*1)\s*\)?;"
            else:
                continue
            for match in re.finditer(wrong, function.body):
                line = function.body_line + function.body.count("\n", 0, match.start())
                report.add(path, line, f"{function.name} returns {kind[-1]}, not {match.group(1)}")


def check_compares(report, root):
    """memcmp's time depends on the bytes: in the source each use says that they are no secret."""
    for path in c_files(root, ("src",)):
        lines = read(path).split("\n")
        for number, line in enumerate(code_only(read(path)).split("\n"), 1):
            near = " ".join(lines[max(0, number - 2):number])
            if re.search(r"\b(memcmp|bcmp)\s*\(", line) and COMPARE_MARK not in near:
                report.add(path, number, f"memcmp without a comment \"{COMPARE_MARK}\" on it or above it")


def banned_for(root, path):
    parts = path.relative_to(root).parts
    banned = dict(BANNED_EVERYWHERE)
    if parts[0] == "src":
        banned.update(BANNED_IN_SOURCE)
        if parts[1] != "tool":
            banned.update(BANNED_IN_LAYERS)
    return banned


def check_banned(report, root):
    for path in c_files(root):
        banned = banned_for(root, path)
        calls = re.compile(r"(?<![\w.>])(" + "|".join(banned) + r")\s*\(")
        lines = read(path).split("\n")
        for number, line in enumerate(code_only(read(path)).split("\n"), 1):
            near = " ".join(lines[max(0, number - 2):number])
            for match in calls.finditer(line):
                name = match.group(1)
                if ALLOW_MARK in near:
                    continue
                report.add(path, number, f"{name} is banned here; use {banned[name]}")


def check_startup(report, root):
    """Nothing of ours runs when the module is loaded or the process ends."""
    for path in c_files(root, ("src",)):
        for number, line in enumerate(code_only(read(path)).split("\n"), 1):
            if re.search(r"\b(__)?(constructor|destructor)(__)?\b", line) and "attribute" in line:
                report.add(path, number, "no constructors and no destructors")


def check_guards(report, root):
    """A header's guard is its place: src/base/text.h has CONCLAVE_BASE_TEXT_H."""
    for path in c_files(root, ("src",), (".h",)):
        text = read(path)
        place = path.relative_to(root / "src").as_posix()
        guard = "CONCLAVE_" + re.sub(r"\W", "_", place).upper()
        if "no include guard" in text[:1000].lower():
            continue
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            report.add(path, 1, f"the include guard should be {guard}")


def check_families(report, root):
    """A mechanism family has its word in the build's list, its source and its test."""
    build = root / "src/mech/meson.build"
    listed = re.search(r"^mech_families = \[(.*?)\]", read(build), re.DOTALL | re.MULTILINE) if build.exists() else None
    words = re.findall(r"'(\w+)'", listed.group(1)) if listed else []
    if words != sorted(set(words)):
        report.add(build, 1, "the families are not in order, or one is there twice")
    for word in words:
        if not (root / f"tests/mech/test_{word}.c").exists():
            report.add(build, 1, f"family {word} has no tests/mech/test_{word}.c")
    for path in c_files(root, ("src",), (".c",)):
        for name in re.findall(r"^const struct mech_family mech_family_(\w+)\s*=", read(path), re.MULTILINE):
            if name not in words:
                report.add(path, 1, f"family {name} is not in the list of src/mech/meson.build")


def check_places(report, root):
    """Paths of one machine do not belong in the project."""
    machine = re.compile(r"(?<![\w$}.])/(?:work|root|home)/\w")
    for path in all_files(root):
        if not is_source(root, path) and path.suffix != ".md":
            continue
        for number, line in enumerate(read(path).split("\n"), 1):
            if machine.search(line):
                report.add(path, number, "a path of one machine")


RULES = (
    (check_licence, "every source file has its licence line"),
    (check_purpose, "every source file says what it knows"),
    (check_whitespace, "no stray blanks"),
    (check_return_types, "CK_RV functions return CKR_, questions return bool"),
    (check_compares, "no raw memcmp on what may be secret"),
    (check_banned, "no banned function"),
    (check_startup, "no constructors and destructors"),
    (check_guards, "include guards are named after their place"),
    (check_families, "each mechanism family is listed and tested"),
    (check_places, "no path of one machine"),
)


def main():
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    status = 0
    for check, name in RULES:
        report = Report(root)
        check(report, root)
        status |= report.finish(name)
    sys.exit(status)


if __name__ == "__main__":
    main()
