"""How times grow with the batch, and shrink with the number of threads."""

import tempfile
from contextlib import ExitStack

import pytest

import minikeras
from benchmarks.networks import data, pair, same_losses, trained, training_operations
from minikeras.tools.cli.bench.measuring import Worker, measure
from minikeras.tools.cli.bench.workloads import BY_NAME

BATCHES = {1: 40, 8: 320, 32: 960, 128: 1920, 512: 4096}  # batch: samples of one timed `fit`
SAMPLES = {"MLP": 4, "CNN": 1}  # times as many, for networks that are quicker


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("name", ["MLP", "CNN"])
def test_fit_by_batch_size(side_by_side, tf, name, batch):
    ours, theirs, shape = pair(name, tf)
    samples = BATCHES[batch] * SAMPLES[name]
    x, y = data(shape, samples)

    def epoch(model):
        return lambda: model.fit(x, y, batch_size=batch, shuffle=False, verbose=0).history["loss"][-1]

    eager = trained(minikeras, name, ours.get_weights(), run_eagerly=True)
    side_by_side(
        f"{name}: fit by batch size, {batch}",
        calls=samples,
        unit="sample",
        work=(training_operations(ours), 0),
        check=same_losses,
        seconds=0.5,
        rounds=3,
        minikeras=epoch(ours),
        eager=epoch(eager),
        tensorflow=theirs and epoch(theirs),
    )


THREADED = [  # rows of `python -m minikeras bench`
    "MLP: fit, batch 128, 20 steps",
    "CNN: fit, batch 128, 20 steps",
    "convolution 16×32×32, 64→64, 3×3: forward",
]


def _counts(most):
    return [count for count in (1, 2, 4, 8, 16, 32, 64) if count < most] + [most]


def test_threads(record_row, tf, all_threads, quick):
    """Each number of threads in processes of its own, since TensorFlow takes it once."""
    backends = ["minikeras", *(["tensorflow"] if tf else [])]
    for threads in _counts(all_threads):
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            workers = [stack.enter_context(Worker(backend, threads)) for backend in backends]
            for name in THREADED:
                measured = measure(BY_NAME[name], workers, 0.1 if quick else 1.0, folder)
                assert not measured.trouble, measured.trouble
                row = f"{name.replace(', 20 steps', '')}, threads {threads}"
                record_row(row, measured.seconds, work=(measured.operations, BY_NAME[name].bytes or 0))
