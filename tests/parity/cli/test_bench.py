"""`python -m minikeras bench` with both sides: every kind of work gives the same result on both, and a ratio."""

import pytest

from minikeras.tools.cli import bench
from minikeras.tools.cli.bench.workloads import BY_NAME

pytest.importorskip("tensorflow")

QUICK = [
    "Dense 32×784×100: forward and backward",
    "SGD with momentum, 10,000 weights",
]
OTHERS = [
    "MLP: train_on_batch, batch 32",
    "MLP: step of a GradientTape loop, batch 32",
    "MLP: predict_on_batch, 1 sample",
    "convolution 32×28×28, 1→32, 3×3 valid: forward and kernel gradient",
    "depthwise convolution 8×56×56×32, 3×3 stride 2: forward and input gradient",
    "transposed convolution 16×14×14, 64→32, 3×3 stride 2: forward",
    "max pooling 32×26×26×32: forward and backward",
    "BatchNormalization 16384×64: forward and backward",
    "LayerNormalization 4096×256: forward and backward",
    "softmax and crossentropy 128×10: forward and backward",
    "tanh 1024×1024: forward and backward",
    "Embedding 10,000×64, 128×100 tokens: forward, gradient and step of SGD",
    "random.truncated_normal 1024×1024",
]


@pytest.mark.full
@pytest.mark.parametrize("names", [QUICK, OTHERS], ids=["quick", "others"])
def test_both_sides_do_the_same_work(names):
    rows = [BY_NAME[name] for name in names]
    for measurement in bench.measure_all(rows, ["tensorflow", "minikeras"], threads=2, seconds=0.05):
        assert measurement.trouble == "", measurement.workload.name
        assert measurement.deviation <= measurement.workload.tolerance
        assert measurement.ratio() > 0
        assert set(measurement.seconds) == {"tensorflow", "minikeras"}
        assert measurement.operations > 0 or measurement.workload.bytes > 0
