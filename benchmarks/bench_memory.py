"""The most memory that a process takes which trains a network: import, data and all."""

import pytest

from benchmarks.goals import Goal
from benchmarks.processes import output_of

# On Linux the high-water mark of this very program: `ru_maxrss` of a child begins with what its parent had before
# `exec`, here the hundreds of megabytes of the benchmark's own process.
SCRIPT = """
import resource, sys
from minikeras.cli.bench.networks import NETWORKS
from minikeras.cli.bench.training import data
keras.utils.set_random_seed(0)
make, shape, _ = NETWORKS["{network}"]
model = make(keras)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = data(shape, {samples})
model.fit(x, y, batch_size={batch}, epochs={epochs}, shuffle=False, verbose=0)
try:
    peak = 1024 * int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(peak)
"""


@pytest.mark.parametrize("network, batch", [("CNN", 128), ("VGG block", 64)])
def test_peak_memory_of_training(record_row, tf, network, batch):
    script = SCRIPT.format(network=network, batch=batch, samples=4 * batch, epochs=2)
    backends = ["minikeras", *(["tensorflow"] if tf else [])]
    record_row(
        f"peak memory of training, {network}, batch {batch}",
        {backend: [output_of(backend, script)] for backend in backends},
        goals=(Goal("peak memory of training, CNN and VGG", 1),),
        unit="bytes",
    )
