#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a text file into a C header with one string constant: embed.py NAME.sql NAME.sql.h.

Knows C string literals; the constant's name is the input's name with _ for every other sign.
"""
import re
import sys
from pathlib import Path


def literal(line: str) -> str:
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"'


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    name = re.sub(r"\W", "_", source.name)
    guard = "CONCLAVE_GENERATED_" + name.upper() + "_H"
    lines = source.read_text(encoding="utf-8").splitlines()
    text = [
        "/* SPDX-License-Identifier: Apache-2.0 */",
        f"/* Made from {source.name} by tools/embed.py: change that, not this. */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        f"static const char {name}[] =",
        *("\t" + literal(line) for line in lines or [""]),
        "\t;",
        "",
        "#endif",
    ]
    target.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
