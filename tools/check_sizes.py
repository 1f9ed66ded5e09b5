#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that functions and files stay small enough to be read whole: check_sizes.py [ROOT].

Knows the two limits; generated files are free of them.
"""
import sys
from pathlib import Path

from csource import ROOT, Report, c_files, functions, is_generated, read

FUNCTION_LINES = 70
FILE_LINES = 800


def main():
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    long_functions, long_files = Report(root), Report(root)
    for path in c_files(root):
        text = read(path)
        if is_generated(text):
            continue
        lines = text.count("\n")
        if lines >= FILE_LINES:
            long_files.add(path, lines, f"{lines} lines; under {FILE_LINES} wanted: split it into siblings")
        for function in functions(text):
            if function.lines >= FUNCTION_LINES:
                long_functions.add(path, function.first,
                                   f"{function.name} has {function.lines} lines; under {FUNCTION_LINES} wanted")
    status = long_functions.finish(f"functions under {FUNCTION_LINES} lines")
    sys.exit(status | long_files.finish(f"files under {FILE_LINES} lines"))


if __name__ == "__main__":
    main()
