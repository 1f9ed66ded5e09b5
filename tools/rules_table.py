#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes doc/rules.md: every rule of tests/spec/session_rules.md with the tests that pin it and how
they ended in the last run.

    tools/rules_table.py RESULTS    writes doc/rules.md from a run's test-results.tsv
    tools/rules_table.py --check    exits 1 unless each rule has either a test or a reason to have none

A test says in its name which rules it pins: rule_155_login_twice, rules_135_136_last_close. The rules
that cannot be tested now have a reason in tests/api/rules_not_tested.tsv. Knows no rule itself.
"""
import collections
import csv
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
RULE = re.compile(r"^(\d+)\. \*\*([A-Z])\*\* (.*?) \[[^\]]*\]$")
SECTION = re.compile(r"^## ([A-Z]{1,2})\. (.*)$")
TEST = re.compile(r"\brules?_(\d+(?:_\d+)*)_([a-z]\w*)")
KINDS = {"M": "the standard states it", "S": "recommended", "P": "a permitted choice", "U": "left undefined",
         "I": "the standard is silent or unclear; our reading"}
TOPIC_LENGTH = 110

HEAD = """<!-- Written by tools/rules_table.py from tests/spec/session_rules.md and a run of the tests. -->
# Rules and their tests

The rules of the standard about the library, slots, sessions, login, objects and operations, in our
own words (tests/spec/session_rules.md has them whole), the black-box tests that pin each one, and
how those ended. Kinds: %s.

""" % "; ".join("%s %s" % kind for kind in KINDS.items())


def read_rules():
    rules, section = {}, ""
    for line in (TOP / "tests/spec/session_rules.md").read_text().splitlines():
        if match := SECTION.match(line):
            section = "%s. %s" % match.groups()
        elif match := RULE.match(line):
            rules[int(match[1])] = (section, match[2], match[3])
    return rules


def read_tests():
    tests = collections.defaultdict(list)
    for path in sorted((TOP / "tests/api").glob("test_*.c")):
        for match in re.finditer(r"^static void (rules?_\w+)\(void \*\*state\)", path.read_text(), re.M):
            if name := TEST.match(match[1]):
                for rule in name[1].split("_"):
                    tests[int(rule)].append((path.stem, match[1], name[2]))
    return tests


def read_reasons():
    with open(TOP / "tests/api/rules_not_tested.tsv", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {int(row["rule"]): row["reason"] for row in reader}


def read_results(path):
    results = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["suite"] == "api":
                results[(row["program"].removeprefix("api_"), row["case"])] = row["result"]
    return results


def topic(text):
    text = text.replace("|", "\\|")
    if len(text) <= TOPIC_LENGTH:
        return text
    cut = text[:TOPIC_LENGTH].rsplit(" ", 1)[0].rstrip(",;:(")
    return cut + " …"


def outcome(tests, results):
    """failed outranks the rest; a rule has passed when one of its tests has and none has failed."""
    seen = {results.get((program, name), "not run") for program, name, _ in tests}
    for result in ("failed", "passed", "skipped"):
        if result in seen:
            return result
    return "not run"


def problems(rules, tests, reasons):
    for number in sorted(set(tests) - set(rules)):
        yield "%s names rule %d, which does not exist" % (tests[number][0][1], number)
    for number in sorted(set(reasons) - set(rules)):
        yield "rules_not_tested.tsv names rule %d, which does not exist" % number
    for number in sorted(set(reasons) & set(tests)):
        yield "rule %d has a test (%s) and a reason to have none" % (number, tests[number][0][1])
    for number in sorted(set(rules) - set(tests) - set(reasons)):
        yield "rule %d has neither a test nor a reason: %s" % (number, topic(rules[number][2]))


def table(rules, tests, reasons, results):
    counts = collections.defaultdict(collections.Counter)
    lines, last = [], None
    for number, (section, kind, text) in sorted(rules.items()):
        if section != last:
            lines += ["", "## " + section, "", "| rule | kind | topic | tests | result |", "|---|---|---|---|---|"]
            last = section
        names = "<br>".join("%s: %s" % (program.removeprefix("test_"), words.replace("_", " "))
                            for program, _, words in tests.get(number, []))
        if number in tests:
            result = outcome(tests[number], results)
            counts[kind][result] += 1
        else:
            result = reasons.get(number, "")
            counts[kind]["not tested"] += 1
        if result == "failed":
            result = "**failed**"
        lines.append("| %d | %s | %s | %s | %s |" % (number, kind, topic(text), names, result))
    return counts, lines


def summary(counts):
    columns = ["passed", "failed", "skipped", "not run", "not tested"]
    yield "| kind | rules | " + " | ".join(columns) + " |"
    yield "|---|" + "---|" * (len(columns) + 1)
    for kind in KINDS:
        numbers = [counts[kind][column] for column in columns]
        yield "| %s | %d | %s |" % (kind, sum(numbers), " | ".join(map(str, numbers)))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    rules, tests, reasons = read_rules(), read_tests(), read_reasons()
    found = list(problems(rules, tests, reasons))
    if sys.argv[1] == "--check":
        sys.exit("\n".join(found) if found else 0)
    counts, lines = table(rules, tests, reasons, read_results(sys.argv[1]))
    (TOP / "doc/rules.md").write_text(HEAD + "\n".join([*summary(counts), *lines]) + "\n")
    failed = sum(counter["failed"] for counter in counts.values())
    print("doc/rules.md: %d rules, %d of them M with a passed test, %d failed"
          % (len(rules), counts["M"]["passed"], failed))


main()
