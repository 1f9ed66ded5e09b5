#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom: check_layers.py [ROOT].

An #include goes to a lower layer or stays in its own folder; the headers of an outside library appear
in their one place; the tool and the black-box tests see only the public header; no headers in a circle.
"""
import re
import sys
from pathlib import Path

from csource import ROOT, Report, c_files, code_only, read

LAYERS = {"base": 0, "attr": 1, "crypto": 2, "store": 2, "mech": 3, "object": 4, "core": 5, "api": 6}

# Outside headers, and the files of src/ that may include them.
OUTSIDE = {
    r"openssl/.*": r"crypto/.*",
    r"sqlite3.*\.h": r"store/sqlite(_\w+)?\.[ch]",
    r"libpq.*|postgres.*": r"store/postgres(_\w+)?\.[ch]",
    r"ini\.h": r"(core|tool)/.*",
}

BLACK_BOX = ("api", "stress", "apps")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(path):
    """All includes of a file as (line, quoted, name). Names stand in the text, not in code_only's blanks."""
    text = read(path)
    kept = code_only(text).split("\n")
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start(1)) + 1
        if "include" in kept[line - 1]:
            yield line, match.group(1) == '"', match.group(2)


def check_outside(report, path, place, line, name):
    for pattern, allowed in OUTSIDE.items():
        if re.fullmatch(pattern, name) and not re.fullmatch(allowed, place):
            report.add(path, line, f"<{name}> belongs to src/{allowed} alone")


def check_layer_file(report, root, path):
    place = path.relative_to(root / "src").as_posix()
    layer = place.split("/")[0]
    for line, quoted, name in includes(path):
        check_outside(report, path, place, line, name)
        if not quoted:
            continue
        target = name.split("/")[0]
        if "/" not in name or ".." in name:
            report.add(path, line, f'"{name}": includes name the folder')
        elif target not in LAYERS:
            report.add(path, line, f'"{name}" is in no layer')
        elif target != layer and LAYERS[target] >= LAYERS[layer]:
            report.add(path, line, f'{layer} ({LAYERS[layer]}) must not see "{name}" ({LAYERS[target]})')


def check_outsider(report, root, path):
    """The tool and the black-box tests: the public header and their own files, nothing of src/."""
    for line, quoted, name in includes(path):
        own = (path.parent / name).exists() or (root / "tests" / name).exists()
        if path.is_relative_to(root / "src/tool"):
            own = (path.parent / name).exists() or name.startswith("tool/")
        if quoted and not own and name != "pkcs11.h":
            report.add(path, line, f'"{name}": only the public header may be seen here')
        place = path.relative_to(root / "src").as_posix() if path.is_relative_to(root / "src") else ""
        for pattern, allowed in OUTSIDE.items():
            if re.fullmatch(pattern, name) and not re.fullmatch(allowed, place):
                report.add(path, line, f"<{name}>: only the public header may be seen here")


def check_circles(report, root):
    source = root / "src"
    headers = {path: [source / name for _, quoted, name in includes(path) if quoted]
               for path in c_files(root, ("src",), (".h",))}
    done, trail = set(), []

    def visit(path):
        if path in trail:
            circle = trail[trail.index(path):] + [path]
            report.add(path, 1, "circle: " + " -> ".join(p.relative_to(source).as_posix() for p in circle))
            return
        if path in done or path not in headers:
            return
        trail.append(path)
        for target in headers[path]:
            visit(target)
        trail.pop()
        done.add(path)

    for path in headers:
        visit(path)


def main():
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    report = Report(root)
    for path in c_files(root):
        parts = path.relative_to(root).parts
        if parts[0] == "src" and parts[1] in LAYERS:
            check_layer_file(report, root, path)
        elif parts[:2] == ("src", "tool") or (parts[0] == "tests" and parts[1] in BLACK_BOX):
            check_outsider(report, root, path)
    status = report.finish("includes go down the layers")
    circles = Report(root)
    check_circles(circles, root)
    sys.exit(status | circles.finish("no circle among headers"))


if __name__ == "__main__":
    main()
