"""The process of one backend: it prepares workloads and times them on request, one line of JSON per order and answer.

    {"prepare": "MLP: fit, …", "to": "result.npz"}  →  {"seconds": 0.002, "operations": 3.0e8}, or {"missing": […]}
    {"measure": 20}                                 →  {"amount": 0.0019}   seconds per call, of 20 calls

Its one argument is the backend. While the other side works, this process waits for its next line, asleep.
"""

import gc
import json
import os
import sys
import time

import numpy as np

from minikeras.tools.cli.bench.side import Side
from minikeras.tools.cli.bench.workloads import BY_NAME

SETTLING_SECONDS = 0.002  # threads of a pool spin a little after their work


def serve(side, orders, answers):
    """Carry out orders until they end."""
    work = workload = None
    for line in orders:
        order = json.loads(line)
        try:
            if "prepare" in order:
                workload = BY_NAME[order["prepare"]]
                work, answer = prepare(side, workload, order["to"])
            elif workload.unit == "bytes":
                answer = {"amount": work()[1]}
            else:
                answer = {"amount": duration(work, order["measure"]) / order["measure"]}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


def prepare(side, workload, path):
    """Build the work, save the result of its first call, warm up. Returns the function to measure, and the answer."""
    missing = [name for name in workload.needs if not hasattr(side.keras.layers, name)]
    if missing:
        return None, {"missing": missing}
    gc.enable()
    side.operations = None
    work = workload.make(side)
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    np.savez(path, *side.arrays(result[0] if workload.unit == "bytes" else result))
    for _ in range(workload.warm_up - 1):
        seconds = duration(work, 1)
    gc.collect()
    gc.disable()
    return work, {"seconds": seconds, "operations": side.operations or workload.operations}


def duration(work, calls):
    """Seconds for `count` calls."""
    time.sleep(SETTLING_SECONDS)
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return time.perf_counter() - start


def main():
    """Answers go to the process's own standard output; output of libraries goes to standard error."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        serve(Side(sys.argv[1]), sys.stdin, answers)
