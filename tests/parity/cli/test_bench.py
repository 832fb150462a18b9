"""`python -m minikeras bench` with both sides: every kind of work gives the same result on both, and a ratio."""

import pytest

from minikeras.cli import bench
from minikeras.cli.bench.workloads import chosen

pytest.importorskip("tensorflow")

ONE_OF_EACH = [
    "MLP: train_on_batch, batch 32",
    "MLP: predict_on_batch, 1 samples",
    "convolution 32×28×28, 1→32, 3×3 valid: forward and kernel gradient",
    "Dense 32×784×100: forward and backward",
    "max pooling 32×26×26×32: forward and backward",
    "BatchNormalization 16384×64: forward and backward",
    "softmax and crossentropy 128×10: forward and backward",
    "Adam, 10,000 weights",
    "tanh 1024×1024",
]


def test_both_sides_do_the_same_work():
    rows = [workload for name in ONE_OF_EACH for workload in chosen(name)]
    assert [workload.name for workload in rows] == ONE_OF_EACH
    for measurement in bench.measure_all(rows, ["tensorflow", "minikeras"], threads=2, seconds=0.05):
        assert measurement.trouble == "", measurement.workload.name
        assert measurement.deviation <= measurement.workload.tolerance
        assert measurement.ratio() > 0
        assert set(measurement.seconds) == {"tensorflow", "minikeras"}
        assert measurement.operations > 0 or measurement.workload.bytes > 0
