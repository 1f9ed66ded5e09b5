#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Says whether the checked-in files that come from tests/spec are what their
# generators write today: pkcs11.h, calls.h, header_rows.inc. Changes nothing.
# Exit status 1 and the first differing line of each file when one is stale.

import sys

sys.dont_write_bytecode = True

import gen_header_test
import gen_pkcs11_h


def difference(have, want):
    """Number of the first line that differs, or None."""
    if have == want:
        return None
    pairs = zip(have.splitlines(), want.splitlines())
    same = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), None)
    return same or min(have.count("\n"), want.count("\n")) + 1


def main():
    stale = False
    for generator in (gen_pkcs11_h, gen_header_test):
        for path, want in generator.outputs().items():
            have = path.read_text(encoding="utf-8") if path.exists() else ""
            line = difference(have, want)
            name = path.relative_to(gen_pkcs11_h.ROOT)
            if line is None:
                print(f"ok     {name}")
            else:
                stale = True
                print(f"STALE  {name}, line {line}: run tools/{generator.__name__}.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
