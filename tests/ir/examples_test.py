"""Every example of docs/reference/dialect.md parses, verifies, and survives a round trip.

An example is a snippet; what it uses without defining becomes an argument of a function around it.
Round trips: the custom form, the generic form and bytecode all give the same text again.

Usage: examples_test.py ETCH_OPT DIALECT_MD
"""
import re
import subprocess
import sys

# `etch.yield` stands inside the example of `etch.cond`.
WITHOUT_OWN_EXAMPLE = {"yield"}


def examples(text):
    """Pairs of an op's name and the code of its example."""
    for section in re.split(r"^### `etch\.", text, flags=re.M)[1:]:
        name = section[:section.index("`")]
        code = re.search(r"^Example:\n```mlir\n(.*?)^```", section, flags=re.M | re.S)
        yield name, code.group(1) if code else None


def top_level(text):
    """Splits a comma-separated list."""
    parts, depth, current = [], 0, ""
    for char in text:
        depth += char in "<([{"
        depth -= char in ">)]}"
        if char == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += char
    return parts + [current.strip()] if current.strip() else parts


def function(name, code):
    """A function around `code`, with what it reads as arguments."""
    tail = code[code.rindex("\n}") if "\n}" in code else 0:]
    # Long signatures go on in the next line.
    types = re.search(r": \(([^()]*)\) -> ", re.sub(r"\s+", " ", tail))
    head = re.split(r"\{\n", code)[0] if "^bb" in code else code
    operands = re.findall(r"%\w+", head.split("=", 1)[1].split(" : ")[0])
    operand_types = top_level(types.group(1)) if types else []
    assert len(operands) == len(operand_types), f"{name}: {operands} have types {operand_types}"
    # One name may stand for two operands only with one type.
    arguments = ", ".join(f"{o}: {t}" for o, t in dict(zip(operands, operand_types)).items())
    kernels = "".join(f"func.func private {kernel}{signature}\n" for kernel, signature in
                      re.findall(r"etch\.launch (@\w+)\(.*?\) : (.*)", code))
    return f"{kernels}func.func @{name}({arguments}) {{\n{code}  return\n}}\n"


def run(tool, text, *flags):
    data = text if isinstance(text, bytes) else text.encode()
    done = subprocess.run([tool, *flags], input=data, capture_output=True, timeout=60)
    if done.returncode:
        raise SystemExit(f"{done.stderr.decode()}\nin:\n{text}")
    return done.stdout


def main(tool, path):
    documented = dict(examples(open(path, encoding="utf-8").read()))
    missing = [op for op, code in documented.items() if not code and op not in WITHOUT_OWN_EXAMPLE]
    if missing or len(documented) < 50:
        raise SystemExit(f"no example for {missing}, {len(documented)} ops")
    ops = [op for op in documented if op not in WITHOUT_OWN_EXAMPLE]
    # One module, so that a round trip is one run of the tool; a function is named after its op.
    once = run(tool, "".join(function(op, documented[op]) for op in ops)).decode()
    unused = [op for op in ops if not re.search(rf"etch\.{op}\b", once)]
    if unused:
        raise SystemExit(f"the examples of {unused} do not use these ops")
    for form in ((), ("--mlir-print-op-generic",), ("--emit-bytecode",)):
        again = run(tool, run(tool, once, *form)).decode()
        if again != once:
            raise SystemExit(f"changed by a round trip with {form}, from\n{once}\nto\n{again}")
    print(f"{len(ops)} examples")


if __name__ == "__main__":
    main(*sys.argv[1:])
