"""Checks a chapter of the guide: its listings are the files, its output is the programs'.

    guide_test.py CHAPTER --path DIR [--path DIR ...] [--without NAME ...] [--update]

A listing is a code block after a line `<!-- FILE -->`; FILE lies beside the chapter. The listings of
a file, with an empty line between them, are the whole file.

A block ```console is a session: the commands of all of a chapter's sessions ("$ COMMAND", continued
by "> ") run one after another in one shell, in an empty folder, with the folders given in PATH.
What follows a command is what it writes, standard error included; "..." stands for any text. A
command that ends with another status than 0 fails the test.

--without: sessions with this program are left out, where it is not built.

--update writes into the chapter what the commands write: look at the difference, and put "..." where
the text may be another elsewhere.
"""
import argparse
import contextlib
import doctest
import os
import re
import signal
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"(?:<!-- (?P<file>[\w./]+) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$",
                   re.MULTILINE | re.DOTALL)
MARK = "guide-test-end-of-command"


def check_listings(chapter, blocks):
    """Problems of the chapter's listings."""
    pieces = {}
    for block in blocks:
        if block["file"]:
            pieces.setdefault(block["file"], []).append(block["text"])
    for name, texts in pieces.items():
        path = os.path.join(os.path.dirname(chapter), name)
        with open(path) as file:
            if file.read() != "\n".join(texts):
                yield f"the listings of {name} are not the file"


def split_session(text):
    """A session as [command, expected output] pairs."""
    commands = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            commands.append([line[2:], ""])
        elif line.startswith("> ") and commands and not commands[-1][1]:
            commands[-1][0] += line[2:]
        elif commands:
            commands[-1][1] += line
        else:
            raise ValueError(f"a session begins with a command, not with: {line}")
    return commands


def run(commands, folders):
    """What each command writes, and its status."""
    script = "".join(f"{command}printf '%s %s\\n' {MARK} $?\n" for command in commands)
    environment = {**os.environ, "PATH": os.pathsep.join([*folders, os.environ["PATH"]]),
                   "ETCH_NUM_THREADS": "1", "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as output:
        environment["ETCH_CACHE_DIR"] = os.path.join(folder, ".cache")
        shell = subprocess.Popen(["bash", "-c", script], cwd=folder, env=environment,
                                 stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                 start_new_session=True)
        try:
            shell.wait(timeout=240)
        finally:  # Also what a session has left in the background.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        output.seek(0)
        written = output.read()
    outputs = re.split(rf"{MARK} (\d+)\n", written)
    return list(zip(outputs[::2], map(int, outputs[1::2])))


def check_sessions(blocks, folders, missing):
    """Problems of the chapter's sessions."""
    expected = [pair for block in blocks if block["kind"] == "console"
                and not any(name in block["text"] for name in missing)
                for pair in split_session(block["text"])]
    if not expected:
        return
    outputs = run([command for command, _ in expected], folders)
    checker = doctest.OutputChecker()
    for (command, wanted), (output, status) in zip(expected, outputs):
        if not checker.check_output(wanted, output, doctest.ELLIPSIS):
            yield f"$ {command}writes\n{output}--- and not\n{wanted}---"
        if status != 0:
            yield f"$ {command}ends with status {status}"
    if len(outputs) < len(expected):
        yield f"the shell ended at $ {expected[len(outputs)][0]}"


def updated(text, folders):
    """The chapter with what its commands write."""
    commands = [command for block in BLOCK.finditer(text) if block["kind"] == "console"
                for command, _ in split_session(block["text"])]
    outputs = iter(run(commands, folders))

    def session(block):
        if block["kind"] != "console":
            return block[0]
        lines = ""
        for command, _ in split_session(block["text"]):
            first, *rest = command.splitlines(keepends=True)
            lines += f"$ {first}" + "".join(f"> {line}" for line in rest) + next(outputs)[0]
        return f"```console\n{lines}```"

    return BLOCK.sub(session, text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chapter")
    parser.add_argument("--path", action="append", default=[], type=os.path.abspath)
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    with open(options.chapter) as file:
        text = file.read()
    if options.update:
        text = updated(text, options.path)
        with open(options.chapter, "w") as file:
            file.write(text)
        return 0
    blocks = list(BLOCK.finditer(text))
    problems = [*check_listings(options.chapter, blocks),
                *check_sessions(blocks, options.path, options.without)]
    for problem in problems:
        print(f"{options.chapter}: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
