#!/usr/bin/env python3
"""Keeps the table of docs/features.md true: each row has tests named after it and headers that exist.

usage: table.py (--check | --write) SOURCE_DIR

The rows, what they promise and their headers are written by hand; the last column is made from the
names of tests in tests/features: TEST(Features, B4_sequential_slice_shares_state) belongs to B4. A
promise that is not kept yet says "not yet" there by hand, until its row has tests."""
import os
import re
import sys


def find_tests(folder):
    """Row -> [(file, line, name)] of all TEST(Features, ROW_name)."""
    tests = {}
    for file in sorted(os.listdir(folder)):
        if not file.endswith("_test.cc"):
            continue
        with open(os.path.join(folder, file)) as source:
            text = source.read()
        for match in re.finditer(r"TEST\(\s*(\w+)\s*,\s*([A-Z]\d+)?_?(\w*)\s*\)", text):
            suite, row, name = match.groups()
            if suite != "Features" or not row or not name:
                sys.exit(f"{file}: TEST({suite}, {row or ''}{name}) is not named Features, ROW_name")
            line = text.count("\n", 0, match.start()) + 1
            tests.setdefault(row, []).append((file, line, name))
    return tests


def cell_of_tests(tests):
    """The last column: each file once, with the names of its tests."""
    by_file = {}
    for file, _, name in tests:
        by_file.setdefault(file, []).append(name.replace("_", " "))
    return "<br>".join(
        f"[{file.removesuffix('_test.cc')}](../tests/features/{file}): " + ", ".join(names)
        for file, names in by_file.items())


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("--check", "--write"):
        sys.exit(__doc__)
    root = sys.argv[2]
    path = os.path.join(root, "docs", "features.md")
    tests = find_tests(os.path.join(root, "tests", "features"))
    with open(path) as source:
        old = source.read()
    problems, rows, lines = [], set(), []
    for line in old.split("\n"):
        match = re.match(r"\| ([A-Z]\d+) \| (.*) \| (.*) \| (.*) \|$", line)
        if not match:
            lines.append(line)
            continue
        row, promise, headers, cell = match.groups()
        rows.add(row)
        for header in re.findall(r"\]\(\.\./([^)]*)\)", headers):
            if not os.path.exists(os.path.join(root, header)):
                problems.append(f"{row}: there is no {header}")
        if not re.search(r"\]\(\.\./", headers):
            problems.append(f"{row}: names no header")
        if row in tests:
            cell = cell_of_tests(tests[row])
        elif cell != "not yet":
            problems.append(f"{row}: no test is named Features.{row}_...")
        lines.append(f"| {row} | {promise} | {headers} | {cell} |")
    for row in sorted(tests.keys() - rows):
        problems.append(f"{row}: has tests, but no row")
    new = "\n".join(lines)
    if sys.argv[1] == "--write":
        with open(path, "w") as target:
            target.write(new)
    elif new != old:
        problems.append("the column of tests is out of date: run tests/features/table.py --write .")
    if problems:
        sys.exit("docs/features.md:\n  " + "\n  ".join(problems))
    print(f"{len(rows)} rows, {sum(map(len, tests.values()))} tests")


main()
