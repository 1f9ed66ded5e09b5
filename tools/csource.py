# SPDX-License-Identifier: Apache-2.0
"""Reads C source for the tidy checks: which files there are, their text without comments and strings,
their functions. Knows C well enough for our own style; it is no parser and knows no rule."""
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ("change that, not this", "Written by tools/")


def all_files(root=ROOT):
    """Every file of the project that is or may be committed, sorted."""
    listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, check=False)
    if listing.returncode == 0:
        names = [name for name in listing.stdout.decode().split("\0") if name]
        paths = {root / name for name in names}
    else:
        paths = {path for path in root.rglob("*") if not any(part.startswith("build") for part in path.parts)}
    return sorted(path for path in paths if path.is_file())


def c_files(root=ROOT, folders=("src", "tests", "fuzz", "bench"), suffixes=(".c", ".h")):
    for path in all_files(root):
        relative = path.relative_to(root)
        if relative.parts[0] in folders and path.suffix in suffixes:
            yield path


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def is_generated(text):
    head = "\n".join(text.splitlines()[:12])
    return any(mark in head for mark in GENERATED)


_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def _blank(match):
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


def code_only(text):
    """The text with comments and the insides of literals blanked; every line stays where it is."""
    return _TOKEN.sub(_blank, text)


def without_preprocessor(code):
    """Blanks the lines of directives, with their continuations."""
    lines, going_on = [], False
    for line in code.split("\n"):
        directive = going_on or line.lstrip().startswith("#")
        going_on = directive and line.endswith("\\")
        lines.append("" if directive else line)
    return "\n".join(lines)


class Function:
    """A function definition: its name, what stands before the name, its first and last line, its body."""

    def __init__(self, name, before, first, last, body, body_line):
        self.name, self.before = name, before
        self.first, self.last = first, last
        self.body, self.body_line = body, body_line

    @property
    def lines(self):
        return self.last - self.first + 1


_HEAD = re.compile(r"(?P<before>[\w\s*]*?)\b(?P<name>\w+)\s*\((?P<args>[^;{}]*)\)[\s\w()]*$")


def functions(text):
    """All function definitions of a C file."""
    code = without_preprocessor(code_only(text))
    found, depth, head_start = [], 0, 0
    start, match = 0, None
    for position, sign in enumerate(code):
        if sign == "{":
            if depth == 0:
                head = code[head_start:position]
                match = None if "=" in head else _HEAD.search(head)
                start = position
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                if match and match.group("name") not in ("struct", "enum", "union"):
                    offset = head_start + len(head) - len(head.lstrip())
                    found.append(Function(match.group("name"), head[:match.start("name")],
                                          code.count("\n", 0, offset) + 1, code.count("\n", 0, position) + 1,
                                          code[start:position + 1], code.count("\n", 0, start) + 1))
                head_start = position + 1
        elif sign == ";" and depth == 0:
            head_start = position + 1
    return found


class Report:
    """Collects what a check found; one line per finding, as a compiler would say it."""

    def __init__(self, root):
        self.root, self.findings = root, []

    def add(self, path, line, message):
        self.findings.append(f"{path.relative_to(self.root)}:{line}: {message}")

    def finish(self, name):
        """Prints the findings as comments and one result line; returns the exit status."""
        for finding in self.findings:
            print(f"# {finding}")
        print(f"{'not ok' if self.findings else 'ok'} - {name}")
        return 1 if self.findings else 0
