"""No kernel loses its vector code unnoticed because two of its arrays are one.

LLVM's vector code of a loop is for arrays that do not overlap; for others, the compiled loop takes its scalar code,
three to ten times slower, with the same results. So jobs whose loops are LLVM's must not write over what they read
under another name.
"""

import itertools
import math

import numpy as np
import pytest

from minikeras import config
from minikeras.kernels.formula_kernels import FormulaKernel
from minikeras.kernels.job_lists import run
from minikeras.kernels.observers import timing_kernels
from minikeras.kernels.registry import jit_disabled
from minikeras.kernels.tasks import ArrayType, floats, task_kernel
from tests.kernels.networks import NETWORKS, train

ONLY_READ = {
    ("relu_gradient_part", "other"),
}
"""(Kernel, one of the arrays): none that overlaps it is written, or nothing is read from it."""

IN_PLACE = {
    "add_parts",  # the total is the first part, which no loop reads while it writes another
    "lstm_steps",  # these have vector code that is not LLVM's choice, which loads before it stores
    "lstm_gradient_steps",
    "lstm_gate_rows",
    "lstm_gate_gradient_rows",
    "gru_steps",
    "gru_gradient_steps",
}
"""Kernels that may write over what they read. (With formulas, each vector is loaded before it is stored.)"""


def overlapping(job):
    """Pairs of the names of a job's arrays that share memory."""
    spans = []
    for (name, (_, word)), parameter in zip(job.kernel.positions.items(), job.kernel.parameters, strict=True):
        if isinstance(parameter, ArrayType):
            first, *shape = job.block[word : word + 1 + parameter.ndim].tolist()
            spans.append((name, first, first + math.prod(shape) * np.dtype(parameter.dtype).itemsize))
    return [
        (a, b)
        for (a, first, end), (b, other_first, other_end) in itertools.combinations(spans, 2)
        if max(first, other_first) < min(end, other_end)
    ]


def faults(name):
    """(kernel, array, array) of all jobs of a network's training that may have lost their vector code."""
    found = set()

    def look(kernel, job, seconds):
        if job is None or isinstance(kernel, FormulaKernel) or kernel.name in IN_PLACE or kernel.name.endswith(".rows"):
            return  # the rows of a table: the weights stand for slots that a rule does not have
        pairs = [pair for pair in overlapping(job) if not {(kernel.name, array) for array in pair} & ONLY_READ]
        found.update((kernel.name, *pair) for pair in pairs)

    with timing_kernels(look):
        train(name)
    return found


@pytest.fixture
def algorithm():
    """Networks choose the algorithm of convolutions."""
    before = config.convolution_algorithm()
    yield
    config.set_convolution_algorithm(before)


@pytest.mark.skipif(jit_disabled(), reason="about compiled loops")
@pytest.mark.parametrize("name", NETWORKS)
def test_no_array_is_read_and_written_under_two_names(name, algorithm):
    assert faults(name) == set()


@task_kernel
def double(task, x: floats(1), y: floats(1)):
    """y = 2 · x."""
    for i in range(len(x)):
        y[i] = x[i] + x[i]


def test_a_kernel_with_one_array_in_two_roles_is_found():
    x = np.ones(8, np.float32)
    assert overlapping(double.job(1, x, np.empty_like(x))) == []
    for y in (x, x[4:]):
        assert overlapping(double.job(1, x, y)) == [("x", "y")]
    run([double.job(1, x, x)])
    np.testing.assert_array_equal(x, 2)
