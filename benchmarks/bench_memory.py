"""The peak memory of a process that trains a network, including imports and data."""

import pytest

from benchmarks.goals import Goal
from benchmarks.processes import network, output_of

# On Linux the high-water mark of this very program: `ru_maxrss` of a child begins with what its parent had before
# `exec`, here the hundreds of megabytes of the benchmark's own process.
SCRIPT = """
import resource, sys
model.fit(x, y, batch_size={batch}, epochs=2, shuffle=False, verbose=0)
try:
    peak = 1024 * int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(peak)
"""


@pytest.mark.parametrize("name, batch", [("CNN", 128), ("VGG block", 64)])
def test_peak_memory_of_training(record_row, tf, name, batch):
    script = network(name, samples=4 * batch) + SCRIPT.format(batch=batch)
    backends = ["minikeras", *(["tensorflow"] if tf else [])]
    record_row(
        f"peak memory of training, {name}, batch {batch}",
        {backend: [output_of(backend, script)] for backend in backends},
        goals=(Goal("peak memory of training, CNN and VGG", 1),),
        unit="bytes",
    )
