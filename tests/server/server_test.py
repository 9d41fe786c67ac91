"""Drives the server as its clients do.

    server_test.py SERVER MODELS CASE [ETCH]

Exits with 77 where a program that the case needs is not installed.
"""
import gzip
import json
import math
import os
import pathlib
import random
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from mutations import INPUTS, good_body, send_mutations
from open_inference_client import Client, InferenceError
from server_process import Server, repository

README = pathlib.Path(__file__).parents[2] / "examples/server/README.md"


def needs(program):
    if shutil.which(program) is None:
        print(f"{program} is not installed")
        sys.exit(77)


def in_threads(count, work):
    """Runs work(0) to work(count - 1) side by side; raises what one of them raised."""
    errors = []

    def guarded(number):
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def raises(status, call):
    try:
        call()
    except InferenceError as error:
        assert error.status == status, error
        return error.message
    raise AssertionError(f"no error {status}")


def inputs_of(rng, rows):
    return {"x": ("FP32", [rows, 3], [round(rng.uniform(-2, 2), 3) for _ in range(3 * rows)]),
            "ids": ("INT64", [rows], [rng.randrange(5) for _ in range(rows)]),
            "flags": ("BOOL", [rows], [rng.random() < 0.5 for _ in range(rows)])}


def row_of(inputs, i):
    return {name: (datatype, [1] + shape[1:], values[i * width:(i + 1) * width])
            for name, (datatype, shape, values) in inputs.items()
            for width in [math.prod(shape[1:])]}


def close(a, b):
    return len(a) == len(b) and all(abs(x - y) <= 1e-5 * (1 + abs(y)) for x, y in zip(a, b))


def clients(server, models, _):
    """Everything the protocol has, by a client that knows only the protocol."""
    with Server(server, repository(models, "rows.etch", "mixed.etch")) as running:
        client = Client(running.port)
        assert client.is_live() and client.is_ready()
        assert client.is_model_ready("rows") and not client.is_model_ready("none")
        assert "binary_tensor_data" in client.server_metadata()["extensions"]
        metadata = client.model_metadata("rows")
        assert [i["name"] for i in metadata["inputs"]] == ["x", "ids", "flags"], metadata
        rng = random.Random(1)
        for rows in range(1, 9):
            inputs = inputs_of(rng, rows)
            as_json = client.infer("rows", inputs, request_id=str(rows))
            assert as_json["out0"][1] == [rows, 4]
            assert as_json["out1"][2] == [i + 1 for i in inputs["ids"][2]]
            assert client.infer("rows", inputs, binary=True) == as_json
            only = client.infer("rows", inputs, outputs=["out1"], binary=True)
            assert list(only) == ["out1"]
            for i in range(rows):
                row = client.infer("rows", row_of(inputs, i))
                assert close(row["out0"][2], as_json["out0"][2][4 * i:4 * i + 4])
        refusal = raises(400, lambda: client.infer("rows", inputs_of(rng, 9)))
        assert "9 rows" in refusal, refusal
        raises(404, lambda: client.infer("none", inputs))
        # Rows of many clients meet in calls, and each gets its own.
        batch = inputs_of(rng, 8)
        expected = client.infer("rows", batch)["out0"][2]

        def ask(number):
            one = Client(running.port)
            for i in range(60):
                k = (number + i) % 8
                got = one.infer("rows", row_of(batch, k), binary=i % 2 == 0)
                assert close(got["out0"][2], expected[4 * k:4 * k + 4])

        in_threads(12, ask)
        mixed = {"x": ("FP32", [4, 3], list(range(12)))}
        got = client.infer("mixed", mixed)["out0"][2]
        assert close(got, [i - (4.5 + i % 3) for i in range(12)]), got
        assert {m["name"] for m in client.index()} == {"rows", "mixed"}
        running.stop()


def curl(server, models, etch):
    """The lines of the README do what it says."""
    needs("curl")
    with tempfile.TemporaryDirectory() as folder:
        text = README.read_text()
        subprocess.run([etch, "compile", "xor", "-o", f"{folder}/xor.etch"], check=True)
        with Server(server, folder) as running:
            commands = [line for block in re.findall(r"```sh\n(.*?)```", text, re.S)
                        for line in block.replace("\\\n", " ").splitlines() if line.startswith("curl ")]
            assert len(commands) >= 6, commands
            for command in commands:
                command = command.replace("localhost:8000", f"127.0.0.1:{running.port}")
                done = subprocess.run(command.replace("curl ", "curl -sS --fail-with-body ", 1),
                                      shell=True, cwd=folder, capture_output=True, text=True)
                assert done.returncode == 0, (command, done.stdout, done.stderr)
                print(command.split()[-1], "->", done.stdout[:70])
            running.stop()


WRK = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("%s", "rb")
wrk.body = file:read("*a")
file:close()
"""


def load(server, models, _):
    """Many connections at a time for a second: every answer is a good one."""
    needs("wrk")
    folder = repository(models, "rows.etch")
    pathlib.Path(folder, "body").write_bytes(good_body())
    pathlib.Path(folder, "post.lua").write_text(WRK % f"{folder}/body")
    with Server(server, folder) as running:
        done = subprocess.run(
            ["wrk", "-c", "32", "-t", "1", "-d", "1", "-s", f"{folder}/post.lua", "--latency",
             f"http://127.0.0.1:{running.port}/v2/models/rows/infer"],
            capture_output=True, text=True, check=True)
        print(done.stdout)
        assert "Non-2xx" not in done.stdout and "Socket errors" not in done.stdout
        assert int(re.search(r"(\d+) requests in", done.stdout).group(1)) > 100
        _, _, metrics = Client(running.port).request("GET", "/metrics")
        rows = float(re.search(rb'etch_call_rows_sum{model="rows"} (\S+)', metrics).group(1))
        calls = float(re.search(rb'etch_call_rows_count{model="rows"} (\S+)', metrics).group(1))
        assert rows / calls > 2, "no requests shared a call"
        running.stop()


def raw(port, data, then=b"", pause=0.0):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(data)
        if then:
            time.sleep(pause)
            connection.sendall(then)
        answer = b""
        try:
            while got := connection.recv(65536):
                answer += got
        except ConnectionResetError:
            pass
        return answer


def limits(server, models, _):
    """What is too large, too slow or no HTTP is refused, and the next request is well."""
    path = "/v2/models/rows/infer"
    with Server(server, repository(models, "rows.etch"), "--max-body-mb", "1", "--idle-ms", "700",
                "--transfer-ms", "700") as running:
        client = Client(running.port)

        def post(body, headers=None, status=400):
            client.close()
            got, _, data = client.request("POST", path, body, headers)
            assert got == status, (got, data[:200])
            return data

        post(b" " * (2 << 20), status=413)
        post(iter([b" " * 65536] * 32), status=413)  # http.client sends chunks
        post(gzip.compress(b" " * (64 << 20)), {"Content-Encoding": "gzip"}, status=413)
        for encoding in "gzip", "deflate", "br":
            said = post(good_body(), {"Content-Encoding": encoding})
            assert (f"is not {encoding}" in said.decode() or
                    f'"{encoding}\\" is not supported' in said.decode()), said
        assert b"is not supported" in post(good_body(), {"Content-Encoding": "zstd"})
        post(gzip.compress(good_body()), {"Content-Encoding": "gzip"}, status=200)
        post(iter([good_body()[:50], good_body()[50:]]), status=200)
        post(b"--x\r\n", {"Content-Type": "multipart/form-data; boundary=x"})
        client.close()
        assert client.request("GET", "/v2/models/" + "a" * 3000)[0] == 414
        client.close()
        assert client.request("GET", "/v2", b"a body")[0] == 400
        for method, where, status in [("PUT", path, 405), ("DELETE", "/v2", 405), ("PUT", "/v3", 404)]:
            for body in b"a body", None:
                client.close()
                assert client.request(method, where, body)[0] == status
        client.close()
        head = b"POST /v2/models/rows/infer HTTP/1.1\r\nHost: a\r\n"
        for lines in [b"Content-Length: -1", b"Content-Length: 1\r\nContent-Length: 1",
                      b"Content-Length: 3\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: gzip"]:
            answer = raw(running.port, head + lines + b"\r\n\r\nabc")
            assert answer.startswith(b"HTTP/1.1 400 ") and b"Connection: close" in answer, answer
            # One reply: what follows is no second request.
            assert answer.count(b"HTTP/1.1") == 1, answer
        assert raw(running.port, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        assert b"413" in raw(running.port, head + b"Content-Length: 9999999\r\nExpect: 100-continue\r\n\r\n")
        # Headers without end, with and without lines.
        assert raw(running.port, head + b"A: b\r\n" * 100000).startswith(b"HTTP/1.1 400 ")
        raw(running.port, head + b"A" * 1000000)
        # Clients that stop in the middle are waited for, but not for long.
        start = time.time()
        raw(running.port, b"POST /v2/mod")
        answer = raw(running.port, head + b"Content-Length: 100\r\n\r\n{", b" ", 0.3)
        assert answer.startswith(b"HTTP/1.1 400 "), answer
        assert 1 < time.time() - start < 15
        assert raw(running.port, b"") == b""
        assert Client(running.port).infer("rows", INPUTS)
        running.stop()
    # One worker, and room for one in its queue: more than a few at a time are told to come later.
    with Server(server, repository(models, "rows.etch"), "--workers", "1", "--queue", "1",
                "--batch-delay-us", "300000") as running:
        statuses = []
        in_threads(6, lambda _: statuses.append(
            Client(running.port).request("POST", path, good_body())))
        codes = sorted(status for status, _, _ in statuses)
        assert codes[0] == 200 and codes[-1] == 503, codes
        assert all(headers["Retry-After"] == "1" for status, headers, _ in statuses if status == 503)
        running.stop()
    # A request whose call begins too late; bodies that are too large together.
    with Server(server, repository(models, "rows.etch"), "--timeout-ms", "50", "--batch-delay-us",
                "300000", "--max-bodies-mb", "1") as running:
        assert Client(running.port).request("POST", path, good_body())[0] == 504
        assert Client(running.port).request("POST", path, b" " * (3 << 19))[0] == 503
        assert Client(running.port).is_live()
        running.stop()
    # More connections than threads: the others wait their turn.
    with Server(server, repository(models, "rows.etch"), "--connections", "2", "--idle-ms",
                "100") as running:
        in_threads(8, lambda _: Client(running.port).infer("rows", INPUTS))
        running.stop()


def shortage(server, models, _):
    """Threads and memory that the system refuses cost requests, never the server."""
    with Server(server, repository(models, "rows.etch"), "--workers", "64", "--idle-ms", "500") as running:
        if running.status_kb("VmSize") > 1 << 30:
            print("a sanitizer wants more address space than a limit would leave")
            sys.exit(77)
        pid = running.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_AS)

        def leave(mb):
            size = (running.status_kb("VmSize") << 10) + (mb << 20)
            resource.prlimit(pid, resource.RLIMIT_AS, (size, hard))

        client = Client(running.port)
        assert client.is_live()
        # Some of a model's workers, not all.
        leave(200)
        assert "no threads" in raises(503, lambda: client.load("rows"))
        assert client.infer("rows", INPUTS)
        # No thread for one more connection: they wait for those that there are.
        leave(6)

        def ask(_):
            assert Client(running.port).is_live()

        client.close()
        in_threads(20, ask)
        # No memory for a request.
        try:
            status, _, _ = client.request("POST", "/v2/models/rows/infer", b"[" + b"1," * (16 << 20))
            assert status in (400, 500, 503), status
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was sent
        resource.prlimit(pid, resource.RLIMIT_AS, (hard, hard))
        client.close()
        client.load("rows")
        assert client.infer("rows", INPUTS)
        running.stop()


def reload(server, models, _):
    """Requests go on while bundles and weights are replaced; none fails, none sees a mixture."""
    with Server(server, repository(models, "rows.etch", "rows.safetensors")) as running:
        control = Client(running.port)
        first = control.infer("rows", INPUTS)["out0"][2]
        zeros = [0.0] * len(first)
        seen, stop = set(), threading.Event()

        def ask(number):
            client = Client(running.port)
            while not stop.is_set():
                got = client.infer("rows", INPUTS, binary=True)["out0"][2]
                seen.add("first" if close(got, first) else "zeros" if close(got, zeros) else str(got))

        def change():
            try:
                for _ in range(15):
                    control.load("rows", {"weights": "rows.safetensors"})
                    time.sleep(0.02)
                    control.load("rows")
                    time.sleep(0.02)
            finally:
                stop.set()

        in_threads(4, lambda number: change() if number == 0 else ask(number))
        assert seen == {"first", "zeros"}, seen
        # A bundle that is damaged leaves the old one in service.
        folder = running.process.args[2]
        bundle = pathlib.Path(folder, "rows.etch")
        good = bundle.read_bytes()
        for bad in [good[:-100], b"no bundle", good[:5000] + bytes(64) + good[5064:]]:
            pathlib.Path(folder, "new").write_bytes(bad)
            os.replace(f"{folder}/new", bundle)
            raises(400, lambda: control.load("rows"))
            assert control.infer("rows", INPUTS)["out0"][2] == first
            assert control.is_ready() and control.is_model_ready("rows")
            [entry] = control.index()
            assert entry["state"] == "READY", entry
            assert entry["reason"].startswith("the old bundle stays in service: "), entry
        os.replace(shutil.copy(f"{models}/rows.etch", f"{folder}/new"), bundle)
        control.load("rows")
        assert control.index()[0]["reason"] == ""
        pathlib.Path(folder, "rows.safetensors").write_bytes(b"damaged")
        raises(400, lambda: control.load("rows", {"weights": "rows.safetensors"}))
        control.unload("rows")
        raises(404, lambda: control.infer("rows", INPUTS))
        running.stop()


def start(server, models, _):
    """What cannot be served is said, at the start and later, and takes nothing else out of service."""
    folder = repository(models, "rows.etch")
    pathlib.Path(folder, "broken.etch").write_bytes(b"no bundle")

    def fails(*flags):
        done = subprocess.run([server, *flags], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1, done
        return done.stdout, done.stderr

    with Server(server, folder) as running:
        assert "rows: ready\n" in running.log and "broken: not served: " in running.log, running.log
        client = Client(running.port)

        def is_well():
            states = {m["name"]: (m["state"], bool(m["reason"])) for m in client.index()}
            assert states == {"rows": ("READY", False), "broken": ("UNAVAILABLE", True)}, states
            assert client.is_ready() and client.infer("rows", INPUTS)
            assert client.is_model_ready("rows") and not client.is_model_ready("broken")

        is_well()
        raises(400, lambda: client.load("broken"))
        is_well()
        # A port in use is said before any model is loaded.
        said = fails("--models", folder, "--port", str(running.port))
        assert said == ("", f"etch_server: cannot listen on 127.0.0.1:{running.port}: "
                            "Address already in use\n"), said
        shutil.copy(f"{models}/rows.etch", f"{folder}/broken.etch")
        client.load("broken")
        assert client.is_model_ready("broken")
        running.stop()
    _, said = fails("--models", folder, "--port", "0", "--host", "no-host.invalid")
    assert re.match(r"etch_server: cannot listen on no-host\.invalid:0: .*(not known|resol)", said), said
    pathlib.Path(folder, "broken.etch").write_bytes(b"no bundle")
    assert "--strict" in fails("--models", folder, "--port", "0", "--strict")[1]
    pathlib.Path(folder, "rows.etch").unlink()
    assert "none of the models" in fails("--models", folder, "--port", "0")[1]
    assert "is no folder" in fails("--models", f"{folder}/none", "--port", "0")[1]
    # There is nothing to fail in an empty folder; models may come.
    with Server(server, repository(models), "--strict") as running:
        assert Client(running.port).is_ready()
        running.stop()


def shutdown(server, models, _):
    """SIGTERM: running requests get their answers, idle connections do not hold it up."""
    with Server(server, repository(models, "rows.etch"), "--batch-delay-us", "800000") as running:
        idle = [Client(running.port) for _ in range(5)]
        for client in idle:
            assert client.is_live()
        answers = []

        def ask(_):
            answers.append(Client(running.port).infer("rows", INPUTS))

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        start = time.time()
        output = running.stop()
        for thread in threads:
            thread.join()
        assert len(answers) == 3 and output.splitlines() == ["stopping", "stopped"], output
        assert time.time() - start < 5
        try:
            Client(running.port).is_live()
            raise AssertionError("it still listens")
        except ConnectionRefusedError:
            pass


def mutations(server, models, _):
    """Some of what mutations.py sends by the ten thousand."""
    with Server(server, repository(models, "rows.etch"), "--transfer-ms", "500") as running:
        expected = Client(running.port).infer("rows", INPUTS)
        print(send_mutations(running.port, 600))
        assert Client(running.port).infer("rows", INPUTS) == expected
        running.stop()


if __name__ == "__main__":
    _, SERVER, MODELS, CASE = sys.argv[:4]
    globals()[CASE](SERVER, MODELS, sys.argv[4] if len(sys.argv) > 4 else None)
