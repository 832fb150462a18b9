"""A number of a job that equals an address of one of its arrays stays what it is, wherever plans run jobs."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.autodiff.arithmetic import Multiply
from minikeras.autodiff.variable import Variable
from minikeras.kernels.memory import address_of, aligned
from minikeras.kernels.tasks import floats, task_kernel
from minikeras.plans.bindings import Bound, binding_of
from minikeras.plans.instructions import Compute
from minikeras.plans.lower import LOWERINGS, Lowering, can_compile
from minikeras.plans.repeat import Repeat
from minikeras.plans.thread_workspaces import ThreadWorkspaces

pytestmark = pytest.mark.skipif(not can_compile(), reason="about the addresses in compiled jobs")

X = np.random.default_rng(0).normal(size=(120, 3)).astype("float32")
SPLIT = 1 << 20
ZERO, HALF = np.float32(0), np.float32(0.5)


@task_kernel
def copy_scale(task, scale: floats(1), form: floats(1)):
    """The form of the weights in which `scale_and_check` reads them."""
    form[0] = scale[0]


@task_kernel
def scale_and_check(
    task,
    x: floats(2),
    form: floats(1),
    scale: floats(1),
    y: floats(2),
    number: int,
    high: int,
    low: int,
):
    """y = (form + scale) / 2 · x, or 0 if the number is not high · 2^20 + low."""
    factor = HALF * (form[0] + scale[0]) if number == high * SPLIT + low else ZERO
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = factor * x[i, j]


@pytest.fixture(autouse=True)
def every_address_is_declared():
    """Not asked here, where numbers equal addresses."""


class Scale(layers.Layer):
    """scale · x."""

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(1,), initializer="ones")

    def call(self, x):
        return x * self.scale


@pytest.fixture
def jobs_made(monkeypatch):
    """The products by a weight go by `scale_and_check`, with each array's address as its number once; its jobs."""
    made = []

    def lowered_scale(instruction, buffers):
        x, scale = instruction.reads
        (y,) = instruction.writes

        def jobs(arrays):
            form = aligned((1,))
            numbers = [address_of(array) for array in (arrays[x], form, arrays[scale], arrays[y])]
            checks = [
                scale_and_check.job(1, arrays[x], form, arrays[scale], arrays[y], n, n // SPLIT, n % SPLIT)
                for n in numbers
            ]
            made.extend(checks)
            return [copy_scale.job(1, arrays[scale], form).preparing(arrays[scale]), *checks]

        return Lowering(jobs, (x, scale), (y,))

    monkeypatch.setitem(LOWERINGS, (Compute, Multiply), lowered_scale)
    return made


@pytest.fixture
def runs(monkeypatch):
    """The names of what ran: "Lanes", "Repeat"."""
    ran = []
    for cls in (ThreadWorkspaces, Repeat):
        run = cls.run
        monkeypatch.setattr(cls, "run", lambda *arguments, run=run, cls=cls: ran.append(cls) or run(*arguments))
    return ran


def network():
    model = keras.Sequential([keras.Input((3,)), Scale()])
    model.compile("sgd", "mse")
    model.layers[0].scale.assign([3.0])
    return model


def checked(jobs):
    """How many jobs there are, whose numbers are what they were."""
    positions = scale_and_check.positions
    for job in jobs:
        number, high, low = [int(job.block[positions[name][1]]) for name in ("number", "high", "low")]
        assert number == high * SPLIT + low
    return len(jobs)


def test_predictions_by_one_plan_and_by_threads_of_their_own(jobs_made, runs):
    model = network()
    for _ in range(3):
        found = model.predict(X, batch_size=4, verbose=0)
    assert ThreadWorkspaces in runs
    assert len(jobs_made) > 4  # those of the plan, and those of each thread
    np.testing.assert_array_equal(found, 3 * X)
    scale = model.layers[0].scale
    for value in (2.0, 5.0):
        held, address = scale.value, binding_of(scale).address  # held, so that the binding finds another place
        scale.assign([value])
        np.testing.assert_array_equal(model.predict(X, batch_size=4, verbose=0), np.float32(value) * X)
        np.testing.assert_array_equal(model.predict(X[:4], batch_size=4, verbose=0), np.float32(value) * X[:4])
        assert binding_of(scale).address != address
        assert held.numpy() != value
    assert checked(jobs_made) > 4


def test_steps_in_one_call(jobs_made, runs):
    model = network()
    for rows in (64, 64, 80, 96):
        x = X[:rows].copy()
        for job in jobs_made:
            number = address_of(x)  # of the data, by chance
            for name, word in (("number", number), ("high", number // SPLIT), ("low", number % SPLIT)):
                job.block[scale_and_check.positions[name][1]] = word
        assert model.evaluate(x, 3 * x, batch_size=8, verbose=0) == 0
    assert Repeat in runs
    assert checked(jobs_made) == 4


def test_a_variable_that_the_jobs_write_moves_away_from_who_holds_it():
    variable = Variable(np.ones((2, 2), np.float32))
    binding = binding_of(variable)
    array = binding.tensor.array
    y = np.zeros((2, 2), np.float32)
    job = scale_and_check.job(1, array, np.ones(1, np.float32), np.ones(1, np.float32), y, address_of(array), 0, 0)
    bound = Bound([binding], [binding], [job])
    del array
    bound.refresh()
    before = binding.address
    assert job.block[0] == before  # nobody holds it
    held = variable.value
    bound.refresh()
    assert binding.address != before
    assert held.numpy().tolist() == [[1, 1], [1, 1]]
    assert job.block[0] == binding.address
    assert job.block[scale_and_check.positions["number"][1]] == before
