"""A client of the Open Inference Protocol (KServe V2), written from its description alone.

Knows nothing of the server that it talks to, and needs nothing but Python's standard library.
Tensors are (datatype, shape, flat list of values).
"""
import array
import http.client
import json

# The protocol's datatypes that the array module has.
TYPE_CODES = {"UINT8": "B", "INT8": "b", "INT32": "i", "INT64": "q", "FP32": "f", "FP64": "d"}


class InferenceError(Exception):
    def __init__(self, status, message):
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


def to_bytes(datatype, values):
    if datatype == "BOOL":
        return bytes(1 if value else 0 for value in values)
    return array.array(TYPE_CODES[datatype], values).tobytes()


def from_bytes(datatype, data):
    if datatype == "BOOL":
        return [byte != 0 for byte in data]
    values = array.array(TYPE_CODES[datatype])
    values.frombytes(data)
    return values.tolist()


class Client:
    """One connection, kept open between calls."""

    def __init__(self, port, host="127.0.0.1", timeout=60):
        self.connection = http.client.HTTPConnection(host, port, timeout=timeout)

    def close(self):
        self.connection.close()

    def request(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def call(self, method, path, body=None):
        status, _, data = self.request(method, path, None if body is None else json.dumps(body))
        answer = json.loads(data)
        if status != 200:
            raise InferenceError(status, answer["error"])
        return answer

    def is_live(self):
        return self.request("GET", "/v2/health/live")[0] == 200

    def is_ready(self):
        return self.request("GET", "/v2/health/ready")[0] == 200

    def is_model_ready(self, model):
        return self.request("GET", f"/v2/models/{model}/ready")[0] == 200

    def server_metadata(self):
        return self.call("GET", "/v2")

    def model_metadata(self, model):
        return self.call("GET", f"/v2/models/{model}")

    def index(self):
        return self.call("POST", "/v2/repository/index", {})

    def load(self, model, parameters=None):
        return self.call("POST", f"/v2/repository/models/{model}/load",
                         {"parameters": parameters} if parameters else {})

    def unload(self, model):
        return self.call("POST", f"/v2/repository/models/{model}/unload", {})

    def infer(self, model, inputs, outputs=None, binary=False, request_id=None):
        """inputs: {name: tensor}; returns {name: tensor}. binary: bytes both ways."""
        head, tail = {"inputs": []}, b""
        if request_id is not None:
            head["id"] = request_id
        for name, (datatype, shape, values) in inputs.items():
            entry = {"name": name, "datatype": datatype, "shape": shape}
            if binary:
                data = to_bytes(datatype, values)
                entry["parameters"] = {"binary_data_size": len(data)}
                tail += data
            else:
                entry["data"] = values
            head["inputs"].append(entry)
        if outputs is not None:
            head["outputs"] = [{"name": name} for name in outputs]
        headers = {"Content-Type": "application/json"}
        if binary:
            head["parameters"] = {"binary_data_output": True}
        body = json.dumps(head).encode()
        if binary:
            headers = {"Content-Type": "application/octet-stream",
                       "Inference-Header-Content-Length": str(len(body))}
        status, got, data = self.request("POST", f"/v2/models/{model}/infer", body + tail, headers)
        if status != 200:
            raise InferenceError(status, json.loads(data)["error"])
        length = int(got.get("Inference-Header-Content-Length", len(data)))
        answer, rest = json.loads(data[:length]), data[length:]
        if request_id is not None and answer.get("id") != request_id:
            raise ValueError(f"sent the id {request_id!r}, got {answer.get('id')!r}")
        results = {}
        for entry in answer["outputs"]:
            size = entry.get("parameters", {}).get("binary_data_size")
            if size is None:
                # Decimal text names a value of the datatype; FP32 is no Python number.
                values = from_bytes(entry["datatype"], to_bytes(entry["datatype"], entry["data"]))
            else:
                values, rest = from_bytes(entry["datatype"], rest[:size]), rest[size:]
            results[entry["name"]] = (entry["datatype"], entry["shape"], values)
        if rest:
            raise ValueError(f"{len(rest)} bytes belong to no output")
        return results
