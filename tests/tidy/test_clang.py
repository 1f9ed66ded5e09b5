#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The other compiler: clang reads every file that the build compiles, with our flags, and warns of nothing.

Takes the commands from the build's own list; leaves out the flags that clang does not know.
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("CONCLAVE_BUILD_ROOT", ROOT / "build"))
GCC_ONLY = {"-Wlogical-op", "-Wduplicated-cond", "-Winvalid-pch"}
DROPPED_WITH_VALUE = {"-o", "-MQ", "-MF"}


def clang_command(command):
    words, kept = shlex.split(command), []
    # A compiler cache stands in front of the compiler.
    words = iter(words[2:] if Path(words[0]).name == "ccache" else words[1:])
    for word in words:
        if word in DROPPED_WITH_VALUE:
            next(words)
        elif word not in GCC_ONLY and word not in ("-c", "-MD", "-pipe") and not word.startswith(("-fsanitize", "-mmemset-strategy", "-mmemcpy-strategy")):
            kept.append(word)
    return ["clang", "-fsyntax-only", "-Wthread-safety", "-Werror", *kept, "-fno-color-diagnostics"]


def check(entry):
    return subprocess.run(clang_command(entry["command"]), cwd=entry["directory"], capture_output=True, text=True,
                          check=False).stderr


def main():
    database = BUILD / "compile_commands.json"
    if not shutil.which("clang") or not database.exists():
        print("1..0 # SKIP clang or the list of commands is not there")
        sys.exit(77)
    entries = {}
    for entry in json.loads(database.read_text(encoding="utf-8")):
        path = (Path(entry["directory"]) / entry["file"]).resolve()
        if path.is_relative_to(ROOT) and path.exists() and path.suffix == ".c":
            entries[path] = entry
    failed = False
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, errors in zip(entries, pool.map(check, entries.values())):
            for line in re.findall(r".*(?:error|warning):.*", errors)[:8]:
                print("# " + line)
            print(f"{'not ok' if errors else 'ok'} - {path.relative_to(ROOT)}")
            failed = failed or bool(errors)
    print(f"1..{len(entries)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
