"""Damaged HTTP requests over sockets: the server answers or hangs up, and lives on.

As a program, a soak test: mutations.py SERVER MODELS [COUNT], with MODELS as write_models.cc makes
it, sends COUNT (20000) of them and fails when the server has died, answers wrongly afterwards, or
has grown.
"""
import json
import os
import random
import re
import socket
import sys

from open_inference_client import Client
from server_process import Server, repository

INPUTS = {"x": ("FP32", [2, 3], [1, 2, 3, 0.5, -1, 2]),
          "ids": ("INT64", [2], [4, 0]),
          "flags": ("BOOL", [2], [True, False])}

LINES = [b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Content-Length: 5",
         b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip", b"Content-Encoding: gzip",
         b"Content-Encoding: br", b"Expect: 100-continue", b"Range: bytes=0-1,0-1,0-1,5-",
         b"Connection: close", b"Content-Type: multipart/form-data; boundary=x", b"A" * 9000,
         b"Inference-Header-Content-Length: 10", b"Inference-Header-Content-Length: -3",
         b": empty", b"no colon", b"X: \xff\xfe\x00", b"Accept-Encoding: gzip"]
TARGETS = [b"/v2/models/rows/infer", b"/v2/models/%00/infer", b"/v2/models/../../etc/passwd/infer",
           b"/v2/repository/index", b"/" + b"a" * 2000, b"/" + b"a" * 9000, b"/v2?a=b&c", b"//", b"*",
           b"/v2/models/%ff%fe", b"/v2/repository/models/%2e%2e%2f/load"]
TEXTS = [b"[" * 50000, b'{"a":' * 3000, b"NaN", b"-1", b"1e999", b"\xff\xfe\xfd", b"\x00", b'"',
         b"99999999999999999999", b'"shape":[4294967296,4294967296,4294967296]', b"null"]


def good_body():
    return json.dumps({"inputs": [
        {"name": name, "datatype": datatype, "shape": shape, "data": data}
        for name, (datatype, shape, data) in INPUTS.items()]}).encode()


def chunked(body):
    return b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 100]), body[i:i + 100])
                    for i in range(0, len(body), 100)) + b"0\r\n\r\n"


def mutate_body(rng, body):
    kind = rng.randrange(6)
    at = rng.randrange(len(body) + 1)
    if kind == 0 and at < len(body):
        return body[:at] + bytes([body[at] ^ (1 << rng.randrange(8))]) + body[at + 1:]
    if kind == 1:
        return body[:at]
    if kind == 2:
        return body[:at] + rng.choice(TEXTS) + body[at:]
    if kind == 3:
        return re.sub(rb"\d+", lambda match: rng.choice([match.group(), b"-7", b"1e300"]), body)
    if kind == 4:
        return rng.randbytes(rng.randrange(300))
    return body


def mutated_request(rng):
    body = mutate_body(rng, good_body())
    method = rng.choice([b"POST"] * 50 + [b"GET", b"PUT", b"HEAD", b"BREW", b"PRI", b"OPTIONS"])
    target = rng.choice([TARGETS[0]] * 30 + TARGETS)
    headers = [b"Host: test"]
    framing = rng.randrange(8)
    if framing == 0:
        body = chunked(body)
        headers.append(b"Transfer-Encoding: chunked")
    elif framing != 1:
        length = len(body) if framing > 2 else rng.randrange(2 * len(body) + 2)
        headers.append(b"Content-Length: %d" % length)
    for _ in range(rng.choice([0, 0, 0, 0, 1, 2])):
        headers.append(rng.choice(LINES))
    request = (method + b" " + target + b" HTTP/1." + rng.choice([b"1", b"1", b"0", b"7"]) + b"\r\n" +
               b"\r\n".join(headers) + b"\r\n\r\n" + body)
    if rng.random() < 0.05:
        request = request[:rng.randrange(len(request))]
    if rng.random() < 0.05:
        at = rng.randrange(len(request))
        request = request[:at] + rng.randbytes(1) + request[at + 1:]
    return request


def exchange(port, request):
    """What the server says until it hangs up; it knows that no more comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while data := connection.recv(65536):
                answer += data
            return answer
        except (ConnectionResetError, BrokenPipeError):
            return b""


def send_mutations(port, count, seed=0):
    """Sends so many; returns how many got which status (0: none)."""
    rng = random.Random(seed)
    statuses = {}
    for _ in range(count):
        answer = exchange(port, mutated_request(rng))
        match = re.match(rb"HTTP/1\.1 (\d+) ", answer)
        status = int(match.group(1)) if match else 0
        assert status in (0, 100, 200) or 400 <= status < 500, answer[:300]
        statuses[status] = statuses.get(status, 0) + 1
    return statuses


def main(program, models, count=20000):
    # What the address sanitizer keeps of freed memory is no growth.
    os.environ.setdefault("ASAN_OPTIONS", "quarantine_size_mb=4")
    with Server(program, repository(models, "rows.etch")) as server:
        client = Client(server.port)
        expected = client.infer("rows", INPUTS)
        client.close()
        send_mutations(server.port, 500)
        before = server.memory_kb()
        print(send_mutations(server.port, count, seed=1))
        grown = server.memory_kb() - before
        assert Client(server.port).infer("rows", INPUTS) == expected
        print(f"{grown} kB more than before, of {before}")
        assert grown < 50000
        server.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
