#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checks themselves: each finds the fault that it is for, and none finds one in good code.

Each row is a small project tree with one fault; knows the words of the checks' findings.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent.parent / "tools"
HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n/* Knows what it is for. */\n"
GUARD = HEAD + "#ifndef CONCLAVE_BASE_X_H\n#define CONCLAVE_BASE_X_H\n"


def long_function(lines):
    return HEAD + "int f(void)\n{\n" + "\tg();\n" * lines + "\treturn 0;\n}\n"


# name of the case, the check, what it must say ("" for nothing), the files
CASES = (
    ("a good file", "tidy", "", {"src/base/x.c": HEAD + "CK_RV f(void)\n{\n\treturn CKR_OK;\n}\n"}),
    ("no licence line", "tidy", "SPDX-License-Identifier", {"src/base/x.c": "/* Knows. */\nint x;\n"}),
    ("no purpose", "tidy", "no comment says", {"src/base/x.c": HEAD.split("\n", 1)[0] + "\n#include <x.h>\n"}),
    ("blanks at the end", "tidy", "blanks at the end", {"src/base/x.c": HEAD + "int x; \n"}),
    ("no newline at the end", "tidy", "no newline", {"src/base/x.c": HEAD + "int x;"}),
    ("false from a CK_RV function", "tidy", "f returns CK_RV, not false",
     {"src/base/x.c": HEAD + "static CK_RV f(int a, int b)\n{\n\tif (a)\n\t\treturn false;\n\treturn CKR_OK;\n}\n"}),
    ("false in a bool function", "tidy", "",
     {"src/base/x.c": HEAD + "static bool f(int a)\n{\n\tif (a)\n\t\treturn false;\n\treturn a == 1;\n}\n"}),
    ("CKR_OK from a bool function", "tidy", "f returns bool, not CKR_OK",
     {"src/base/x.c": HEAD + "bool f(void)\n{\n\treturn CKR_OK;\n}\n"}),
    ("false in a comment only", "tidy", "",
     {"src/base/x.c": HEAD + "CK_RV f(void)\n{\n\t/* return false; */\n\treturn CKR_OK;\n}\n"}),
    ("memcmp", "tidy", "memcmp without", {"src/base/x.c": HEAD + "int f(void)\n{\n\treturn memcmp(a, b, 3);\n}\n"}),
    ("memcmp with its reason", "tidy", "",
     {"src/base/x.c": HEAD + "int f(void)\n{\n\t/* not secret: names */\n\treturn memcmp(a, b, 3);\n}\n"}),
    ("strcpy", "tidy", "strcpy is banned", {"tests/x.c": HEAD + "void f(void)\n{\n\tstrcpy(a, b);\n}\n"}),
    ("strcpy as a part of a name", "tidy", "", {"src/base/x.c": HEAD + "void f(void)\n{\n\tmy_strcpy(a, b);\n}\n"}),
    ("strcpy as a member", "tidy", "", {"src/base/x.c": HEAD + "void f(void)\n{\n\tv->exit(a);\n}\n"}),
    ("getenv in the source", "tidy", "use secure_getenv", {"src/tool/x.c": HEAD + "void f(void)\n{\n\tgetenv(a);\n}\n"}),
    ("getenv in a test", "tidy", "", {"tests/x.c": HEAD + "void f(void)\n{\n\tgetenv(a);\n}\n"}),
    ("exit in a layer", "tidy", "exit is banned", {"src/core/x.c": HEAD + "void f(void)\n{\n\texit(1);\n}\n"}),
    ("exit in the tool", "tidy", "", {"src/tool/x.c": HEAD + "void f(void)\n{\n\texit(1);\n}\n"}),
    ("abort with its reason", "tidy", "",
     {"src/core/x.c": HEAD + "void f(void)\n{\n\tabort(); /* allowed: debug builds */\n}\n"}),
    ("a constructor", "tidy", "no constructors",
     {"src/core/x.c": HEAD + "__attribute__((constructor)) static void f(void)\n{\n}\n"}),
    ("a wrong guard", "tidy", "guard should be CONCLAVE_CORE_Y_H", {"src/core/y.h": GUARD + "#endif\n"}),
    ("a family without a test", "tidy", "family aes has no tests/mech/test_aes.c",
     {"src/mech/meson.build": "# SPDX-License-Identifier: Apache-2.0\nmech_families = [\n  'aes',\n]\n"}),
    ("a family that is not listed", "tidy", "family aes is not in the list",
     {"src/mech/aes.c": HEAD + "const struct mech_family mech_family_aes = {\n};\n"}),
    ("a machine's path", "tidy", "a path of one machine", {"tools/x.sh": "# SPDX-License-Identifier: Apache-2.0\n# Knows.\n"
                                                          + "cd /" + "work/x\n"}),
    ("good layers", "layers", "", {"src/core/x.c": HEAD + '#include "base/x.h"\n#include "core/y.h"\n#include <stdio.h>\n'}),
    ("upwards", "layers", 'must not see "core/x.h"', {"src/base/x.c": HEAD + '#include "core/x.h"\n'}),
    ("crypto sees store", "layers", 'must not see "store/x.h"', {"src/crypto/x.c": HEAD + '#include "store/x.h"\n'}),
    ("store sees crypto", "layers", 'must not see "crypto/x.h"', {"src/store/x.c": HEAD + '#include "crypto/x.h"\n'}),
    ("upwards in a comment only", "layers", "", {"src/base/x.c": HEAD + '/*\n#include "core/x.h"\n*/\n'}),
    ("no folder", "layers", "name the folder", {"src/base/x.c": HEAD + '#include "x.h"\n'}),
    ("openssl outside crypto", "layers", "belongs to", {"src/mech/x.c": HEAD + "#include <openssl/evp.h>\n"}),
    ("openssl in crypto", "layers", "", {"src/crypto/x.c": HEAD + "#include <openssl/evp.h>\n"}),
    ("sqlite in another backend", "layers", "belongs to", {"src/store/memory.c": HEAD + "#include <sqlite3.h>\n"}),
    ("sqlite in its sibling", "layers", "", {"src/store/sqlite_scan.c": HEAD + "#include <sqlite3.h>\n"}),
    ("the tool sees a layer", "layers", "only the public header", {"src/tool/x.c": HEAD + '#include "base/x.h"\n'}),
    ("a black-box test sees a layer", "layers", "only the public header",
     {"tests/api/test_x.c": HEAD + '#include "base/x.h"\n'}),
    ("a circle", "layers", "circle: base/x.h -> base/y.h -> base/x.h",
     {"src/base/x.h": HEAD + '#include "base/y.h"\n', "src/base/y.h": HEAD + '#include "base/x.h"\n'}),
    ("a short function", "sizes", "", {"src/base/x.c": long_function(60)}),
    ("a long function", "sizes", "f has 70 lines", {"src/base/x.c": long_function(66)}),
    ("a long table is no function", "sizes", "",
     {"src/base/x.c": HEAD + "static const struct row t[] = {\n" + "\t{f(1)},\n" * 100 + "};\n"}),
    ("a long file", "sizes", "lines; under 800", {"src/base/x.c": HEAD + "int x;\n" * 800}),
    ("a long generated file", "sizes", "",
     {"src/base/x.c": HEAD + "/* Written by tools/x.py */\n" + "int x;\n" * 800}),
)


def run_case(check, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        answer = subprocess.run([sys.executable, "-B", str(TOOLS / f"check_{check}.py"), folder],
                                capture_output=True, text=True, check=False)
    findings = [line[2:] for line in answer.stdout.splitlines() if line.startswith("# ")]
    return answer.returncode, findings, answer.stderr


def main():
    failed = False
    for name, check, wanted, files in CASES:
        status, findings, errors = run_case(check, files)
        if wanted:
            good = status == 1 and len(findings) == 1 and wanted in findings[0]
        else:
            good = status == 0 and not findings
        failed = failed or not good
        if not good:
            print(f"# status {status}: {findings} {errors[-500:]}")
        print(f"{'ok' if good else 'not ok'} - {check}: {name}")
    print(f"1..{len(CASES)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
