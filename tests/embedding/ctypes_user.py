"""The C interface from a language that knows nothing of C++: Python's ctypes and no package.

    ctypes_user.py LIBRARY BUNDLE

Loads a bundle, reads its signature, predicts with zeros from four threads with a session each, and
has the host's own callback run the kernels.
"""
import ctypes
import sys
import threading
from ctypes import c_char_p, c_int32, c_int64, c_size_t, c_void_p, byref

etch = ctypes.CDLL(sys.argv[1])
etch.etch_error_message.restype = c_char_p
etch.etch_model_find_program.restype = c_void_p
etch.etch_model_find_program.argtypes = [c_void_p, c_char_p]

ETCH_INPUT, ETCH_OUTPUT, ETCH_F32 = 0, 1, 7
Range = ctypes.CFUNCTYPE(None, c_void_p, c_int64, c_int64)
Concurrency = ctypes.CFUNCTYPE(c_int32, c_void_p)
ParallelFor = ctypes.CFUNCTYPE(None, c_void_p, c_int64, Range, c_void_p)


class Struct(ctypes.Structure):
    """A struct that begins with its size."""

    def __init__(self, **fields):
        super().__init__(struct_size=ctypes.sizeof(type(self)), **fields)


class ValueInfo(Struct):
    _fields_ = [("struct_size", c_size_t), ("name", c_char_p), ("shape", ctypes.POINTER(c_int64)),
                ("rank", c_int32), ("dtype", c_int32), ("bytes", c_size_t), ("is_tap", c_int32),
                ("is_gradient", c_int32), ("num_aliases", c_int32),
                ("aliases", ctypes.POINTER(c_char_p))]


class Tensor(ctypes.Structure):
    """etch_input and etch_output."""
    _fields_ = [("name", c_char_p), ("data", c_void_p), ("shape", ctypes.POINTER(c_int64)),
                ("rank", c_int32), ("dtype", c_int32)]


class Callbacks(Struct):
    _fields_ = [("struct_size", c_size_t), ("host", c_void_p), ("concurrency", Concurrency),
                ("parallel_for", ParallelFor)]


class SessionOptions(Struct):
    _fields_ = [("struct_size", c_size_t), ("executor", c_void_p), ("profile", c_int32)]


def check(status):
    if status != 0:
        raise RuntimeError(etch.etch_error_message().decode())


def value(program, role):
    """The first value of a signature, and memory for it."""
    info = ValueInfo()
    check(etch.etch_program_value(c_void_p(program), role, c_size_t(0), byref(info)))
    memory = ctypes.create_string_buffer(info.bytes)
    tensor = Tensor(info.name, ctypes.addressof(memory), info.shape, info.rank, info.dtype)
    return tensor, memory


model, executor, calls, results = c_void_p(), c_void_p(), [], []
check(etch.etch_model_load(sys.argv[2].encode(), None, byref(model)))
program = etch.etch_model_find_program(model, b"predict")


def parallel_for(_, pieces, work, work_range):
    calls.append(pieces)
    work(work_range, pieces // 2, pieces)
    work(work_range, 0, pieces // 2)


callbacks = Callbacks(concurrency=Concurrency(lambda _: 2), parallel_for=ParallelFor(parallel_for))
check(etch.etch_executor_new(byref(callbacks), byref(executor)))


def predict():
    session = c_void_p()
    check(etch.etch_session_new(model, byref(SessionOptions(executor=executor.value)),
                                byref(session)))
    x, _x = value(program, ETCH_INPUT)
    y, memory = value(program, ETCH_OUTPUT)
    for _ in range(10):
        check(etch.etch_session_run(session, b"predict", byref(x), c_size_t(1), byref(y), c_size_t(1),
                                    None))
    results.append(memory.raw)
    etch.etch_session_free(session)


threads = [threading.Thread(target=predict) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(results) == 4 and len(set(results)) == 1 and any(results[0]), results
assert calls, "the callback ran no kernel"
try:
    check(etch.etch_session_new(None, None, byref(c_void_p())))
    raise AssertionError("NULL is a model")
except RuntimeError as error:
    assert str(error) == "model is NULL", error
etch.etch_executor_free(executor)
etch.etch_model_free(model)
print("four threads agree")
