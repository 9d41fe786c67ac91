"""PyTorch's side of benchmarks/compare (see benchmarks/models/main.cc for the orders it takes).

    torch_worker.py eager|frozen|bf16
"""
import sys
import time

import torch

import workloads


def main():
    mode, call = sys.argv[1], None
    for line in sys.stdin:
        words = line.split()
        if words[0] == "load":
            name, threads = words[1], int(words[2])
            torch.set_num_threads(threads)
            torch.manual_seed(0)
            start = time.perf_counter()
            if name in workloads.PREDICT:
                call = workloads.predict_call(name, mode)
            elif name in workloads.TRAIN and mode == "eager":
                call = workloads.train_call(name)
            else:
                print("absent", name, flush=True)
                continue
            call()
            print("ok", (time.perf_counter() - start) * 1e3, flush=True)
        elif words[0] == "run":
            times = []
            for _ in range(int(words[1])):
                start = time.perf_counter()
                call()
                times.append((time.perf_counter() - start) * 1e3)
            print(*times, flush=True)


main()
