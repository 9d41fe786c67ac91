#!/usr/bin/env python3
"""Throughput and latency over HTTP against calling the session, in one run, as a table.

    benchmarks/serving/run.py [--build build/release] [--seconds 3] [--connections 16] [NAME=BUNDLE...]

NAME=BUNDLE: the models; without any, `etch` compiles mlp (calls of 64 rows) and resnet18 (an image). A
request has one row where rows share calls, else the whole input. Needs wrk, which works on the same
cores as the server.
"""
import argparse
import array
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/server"))
from server_process import Server  # noqa: E402

WRK = """
wrk.method = "POST"
wrk.headers["Inference-Header-Content-Length"] = %s
local file = io.open("%s", "rb")
wrk.body = file:read("*a")
file:close()
"""


def bodies(port, model):
    """The same request in JSON and in binary: {kind: (body, length of its JSON)}."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/models/{model}") as reply:
        metadata = json.load(reply)
    plain, binary, tail = [], [], b""
    for tensor in metadata["inputs"]:
        shape = [1 if extent < 0 else extent for extent in tensor["shape"]]
        floats = array.array("f", [i % 255 / 255 for i in range(math.prod(shape))])
        entry = {"name": tensor["name"], "datatype": "FP32", "shape": shape}
        plain.append({**entry, "data": [round(x, 6) for x in floats]})
        binary.append({**entry, "parameters": {"binary_data_size": 4 * len(floats)}})
        tail += floats.tobytes()
    as_json = json.dumps({"inputs": plain}).encode()
    head = json.dumps({"parameters": {"binary_data_output": True}, "inputs": binary}).encode()
    return {"JSON": (as_json, len(as_json)), "binary": (head + tail, len(head))}


def wrk(port, model, body, length, connections, seconds, folder):
    pathlib.Path(folder, "body").write_bytes(body)
    pathlib.Path(folder, "post.lua").write_text(WRK % (length, f"{folder}/body"))
    text = subprocess.run(
        ["wrk", "-c", str(connections), "-t", "1", "-d", f"{seconds}s", "-s", f"{folder}/post.lua",
         "--timeout", "60s", "--latency", f"http://127.0.0.1:{port}/v2/models/{model}/infer"],
        check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit(text)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    p50, p99 = (re.search(rf"{percent}%\s+([\d.]+[mu]?s)", text).group(1) for percent in (50, 99))
    return f"{rate:,.0f} | {p50} | {p99}"


def wait_until_idle(port):
    """Requests whose clients have left are still being worked on."""
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as reply:
            waiting = re.findall(rb"^etch_requests_in_progress{.*} (\d+)", reply.read(), re.M)
        if not any(int(count) for count in waiting):
            return
        time.sleep(0.02)


def microseconds(text):
    value = float(text)
    return f"{value:.0f}us" if value < 1000 else f"{value / 1000:.2f}ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("models", nargs="*")
    arguments = parser.parse_args()
    build = pathlib.Path(arguments.build)
    with tempfile.TemporaryDirectory() as folder:
        given = dict(model.split("=", 1) for model in arguments.models)
        for name, bundle in given.items():
            os.symlink(os.path.abspath(bundle), f"{folder}/{name}.etch")
        if not given:
            for name in ("mlp", "resnet18"):
                subprocess.run([build / "bin/etch", "compile", name, "-o", f"{folder}/{name}.etch"],
                               check=True)
        print("| model | how | connections | a second | p50 | p99 |\n|---|---|---|---|---|---|")
        for bundle in sorted(pathlib.Path(folder).glob("*.etch")):
            name = bundle.stem
            for threads in (1, os.cpu_count()):
                rate, p50, p99 = subprocess.run(
                    [build / "benchmarks/session_calls", bundle, str(threads), str(arguments.seconds)],
                    check=True, capture_output=True, text=True).stdout.split()
                print(f"| {name} | session, {threads} thread(s) | - | {int(rate):,} calls | "
                      f"{microseconds(p50)} | {microseconds(p99)} |", flush=True)
            for batching, flags in (("", []), (", no batching", ["--no-batching"])):
                with Server(build / "bin/etch_server", folder, *flags) as server:
                    for kind, (body, length) in bodies(server.port, name).items():
                        for connections in (1, arguments.connections):
                            wait_until_idle(server.port)
                            result = wrk(server.port, name, body, length, connections,
                                         arguments.seconds, folder)
                            print(f"| {name} | {kind}{batching} | {connections} | {result} |", flush=True)


if __name__ == "__main__":
    main()
