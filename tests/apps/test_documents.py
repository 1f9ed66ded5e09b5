#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The documents speak of what is there: links lead to files, the settings and verbs told are those in the source.

Knows the tables of src/core/config.c and src/tool/main.c by their form; each check prints one line of TAP.
"""
import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ.get("CONCLAVE_SOURCE_ROOT", Path(__file__).resolve().parent.parent.parent))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
# A path in code quotes: `src/core/op.c`, not `src/mech/<family>.c` or `build/conclave`.
PATH = re.compile(r"`((?:src|include|tests|tools|doc|fuzz|bench|packaging)/[\w./-]+)`")
results = []


def check(name, missing):
    missing = sorted(missing)
    results.append(not missing)
    for one in missing:
        print(f"# {one}")
    print(f"{'not ok' if missing else 'ok'} {len(results)} - {name}")


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def documents():
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("doc/*.md")])


def dead_links():
    for page in documents():
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                yield f"{page.relative_to(ROOT)}: {target}"


def dead_paths():
    for page in documents():
        for target in PATH.findall(page.read_text(encoding="utf-8")):
            if not (ROOT / target.rstrip("/")).exists() and not list(ROOT.glob(target + ".*")):
                yield f"{page.relative_to(ROOT)}: {target}"


def settings():
    return set(re.findall(r'\{"(\w+)", "(CONCLAVE_\w+)", KIND_', text("src/core/config.c")))


def told_settings(page):
    return set(re.findall(r"^\| `(\w+)` \| `(CONCLAVE_\w+)` \|", text(page), re.MULTILINE))


def verbs():
    return set(re.findall(r'^\t\{"(\w+)", cmd_\w+,', text("src/tool/main.c"), re.MULTILINE))


def told_verbs():
    body = text("doc/conclave.1").split(".SH VERBS")[1].split(".SH OPTIONS")[0]
    heads = re.findall(r"^\.TP\n\.BI? \"?(\w+)", body, re.MULTILINE)
    return set(heads)


def main():
    check("settings and verbs were found", [] if settings() and verbs() and documents() else ["nothing found"])
    check("links between the documents lead somewhere", dead_links())
    check("files that the documents name are there", dead_paths())
    check("every setting is told", settings() - told_settings("doc/conclave.conf.md"))
    check("every setting told is there", (told_settings("doc/conclave.conf.md") | told_settings("README.md")) - settings())
    check("every verb has its entry in the manual", verbs() - told_verbs())
    check("every entry of the manual is a verb", told_verbs() - verbs())
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
