#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each header compiles alone, and twice in a row, without a warning, with every compiler at hand.

Takes the folders of outside headers from the build's own compile commands; knows no header by name.
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
FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Wstrict-prototypes",
         "-Werror", "-x", "c"]


def outside_folders():
    """The -isystem folders that each layer is compiled with."""
    folders = {}
    database = BUILD / "compile_commands.json"
    if not database.exists():
        return folders
    for entry in json.loads(database.read_text(encoding="utf-8")):
        layer = re.search(r"src/(\w+)/", entry["file"])
        if layer:
            words = shlex.split(entry["command"])
            found = [word[8:] or words[n + 1] for n, word in enumerate(words) if word.startswith("-isystem")]
            folders.setdefault(layer.group(1), set()).update(found)
    return folders


def has_no_guard(path):
    return "no include guard" in path.read_text(encoding="utf-8")[:1000].lower()


def compile_alone(compiler, header, system):
    name = header.relative_to(ROOT / ("include" if header.parts[-2] == "include" else "src")).as_posix()
    source = f'#include "{name}"\n#include "{name}"\nextern int not_empty;\n'
    command = [compiler, *FLAGS, "-I", str(ROOT / "include"), "-I", str(ROOT / "src"), "-I", str(BUILD / "src")]
    for folder in system:
        command += ["-isystem", str(BUILD / folder)]
    return subprocess.run([*command, "-"], input=source, capture_output=True, text=True, check=False).stderr


def main():
    compilers = [name for name in ("gcc", "clang") if shutil.which(name)]
    system = outside_folders()
    headers = sorted((ROOT / "include").glob("*.h")) + sorted((ROOT / "src").rglob("*.h"))
    headers = [header for header in headers if not has_no_guard(header)]
    jobs = [(compiler, header) for header in headers for compiler in compilers]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = pool.map(lambda job: compile_alone(*job, system.get(job[1].parent.name, ())), jobs)
        failed = False
        for (compiler, header), errors in zip(jobs, answers):
            for line in errors.splitlines()[:8]:
                print("# " + line)
            print(f"{'not ok' if errors else 'ok'} - {header.relative_to(ROOT)} ({compiler})")
            failed = failed or bool(errors)
    print(f"1..{len(jobs)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
