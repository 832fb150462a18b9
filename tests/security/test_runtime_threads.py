"""Several threads train, save, load and predict at once; processes fork in the midst of it."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import minikeras as keras
from tests.waiting import DEADLINE

ROOT = Path(__file__).parents[2]
ROUNDING = 1e-6  # a first fit or prediction computes on the tape, later ones by a plan
RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 12)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")
IMAGES = RNG.normal(size=(16, 8, 8, 3)).astype("float32")


def dense(seed=0):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


def convolutional(seed=0):
    keras.utils.set_random_seed(seed)
    layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.BatchNormalization()]
    model = keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def check_close(ours, expected):
    np.testing.assert_allclose(ours, expected, rtol=ROUNDING, atol=ROUNDING)


class Together:
    """Functions that run in threads of their own, all from the same moment on; what they raise is raised here."""

    def __init__(self, *functions):
        self.functions, self.errors = functions, []
        self.barrier = threading.Barrier(len(functions), timeout=DEADLINE)

    def run(self):
        threads = [threading.Thread(target=self._run, args=(function,), daemon=True) for function in self.functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        assert not any(thread.is_alive() for thread in threads), "a thread hangs"
        if self.errors:
            raise self.errors[0]

    def _run(self, function):
        try:
            self.barrier.wait()
            function()
        except BaseException as error:
            self.errors.append(error)


@pytest.fixture
def rounds(request):
    return 100 if request.config.getoption("--long") else 4


def test_training_saving_loading_and_predicting_at_once_give_what_each_gives_alone(tmp_path, rounds):
    shared = dense(7)
    expected = shared.predict(X, verbose=0)
    shared.save(tmp_path / "shared.keras")
    shared.save_weights(tmp_path / "shared.weights.h5")

    def training(make, x, y):
        alone, together = make(1), make(1)

        def train(model=together):
            for _ in range(rounds):
                model.fit(x, y, batch_size=8, shuffle=False, verbose=0)

        train(alone)
        return train, lambda: check_same_weights(together, alone)

    def check_same_weights(model, other):  # compiled code takes over when it is ready, in a step of its own each time
        for ours, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=rounds * ROUNDING, atol=rounds * ROUNDING)

    def predict():
        for _ in range(4 * rounds):
            check_close(shared.predict(X, verbose=0), expected)

    def load():
        for _ in range(rounds):
            loaded = keras.models.load_model(tmp_path / "shared.keras")
            check_close(loaded.predict(X, verbose=0), expected)

    def save(name):
        def work():
            for _ in range(rounds):
                shared.save(tmp_path / name)
                check_close(keras.models.load_model(tmp_path / name).predict(X, verbose=0), expected)

        return work

    def load_weights():
        other = dense(8)
        for _ in range(rounds):
            other.load_weights(tmp_path / "shared.weights.h5")
            check_close(other.predict(X, verbose=0), expected)

    def fail():
        """Errors in one thread change no setting of another's."""
        broken = dense(9)
        for _ in range(rounds):
            with pytest.raises(ValueError, match="Cannot convert `x`"):
                broken.fit(X.astype("timedelta64[s]"), Y, verbose=0)
            with pytest.raises(ValueError, match="hape"):
                broken.fit(X[:, 1:], Y, verbose=0)

    train_dense, check_dense = training(dense, X, Y)
    train_images, check_images = training(convolutional, IMAGES, IMAGES[:, 0, 0, :1])
    saving = [save("a.keras"), save("b.keras")]
    Together(train_dense, train_images, predict, predict, load, *saving, load_weights, fail).run()
    check_dense()
    check_images()


def test_predicting_with_a_model_while_it_is_trained_gives_numbers(rounds):
    """Which of the weights a prediction sees is open; it ends, with the right shape, and the training is whole."""
    model, alone = dense(3), dense(3)
    alone.fit(X, Y, epochs=5 * rounds, batch_size=8, shuffle=False, verbose=0)
    is_over = threading.Event()

    def train():
        try:
            model.fit(X, Y, epochs=5 * rounds, batch_size=8, shuffle=False, verbose=0)
        finally:
            is_over.set()

    def predict():
        while not is_over.is_set():
            outputs = model.predict(X, verbose=0)
            assert outputs.shape == (64, 1)
            assert np.isfinite(outputs).all()

    Together(train, predict, predict).run()
    for ours, theirs in zip(model.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=rounds * ROUNDING, atol=rounds * ROUNDING)


FORKS = """if True:
    import os, sys, threading
    import numpy as np
    import minikeras as keras
    from tests.security.test_runtime_threads import IMAGES, ROUNDING, X, Y, convolutional, dense

    def weights_after(model, x, y):
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        return model.get_weights()

    def same(ours, theirs):
        return all(np.allclose(a, b, rtol=ROUNDING, atol=ROUNDING) for a, b in zip(ours, theirs, strict=True))

    def trained_convolutional():
        return weights_after(convolutional(2), IMAGES, IMAGES[:, 0, 0, :1])

    def trained_loaded():
        return weights_after(keras.models.load_model(file), X, Y)

    file = os.path.join(sys.argv[3], "model.keras")
    model = dense(1)
    model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)  # plans, threads and compiled code are there
    model.save(file)
    expected = model.predict(X, verbose=0)
    trained = [trained_loaded(), trained_convolutional()]
    is_over = threading.Event()

    def compute(make):  # the children are forked in the midst of it
        while not is_over.is_set():
            make().fit(X, Y, verbose=0)

    busy = {"idle": None, "another model": lambda: dense(5), "the same model": lambda: shared}[sys.argv[1]]
    shared = dense(6)
    if busy is not None:
        threading.Thread(target=compute, args=(busy,), daemon=True).start()
    children = []
    for _ in range(int(sys.argv[2])):
        child = os.fork()
        if child == 0:
            right = same([model.predict(X, verbose=0)], [expected])
            right &= np.isfinite(shared.predict(X, verbose=0)).all()  # perhaps in the midst of a step, but it ends
            right &= np.isfinite(shared.fit(X, Y, verbose=0).history["loss"]).all()
            right &= same(weights_after(model, X, Y), trained[0])
            right &= same(trained_loaded(), trained[0])
            right &= same(trained_convolutional(), trained[1])
            os._exit(0 if right else 1)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    is_over.set()
    assert codes == [0] * len(children), codes
    assert same([model.predict(X, verbose=0)], [expected])
    """


@pytest.mark.one_in(3)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("state", ["idle", "another model", "the same model"])
def test_forked_processes_train_load_and_predict_as_their_parent(state, request, tmp_path):
    children = "40" if request.config.getoption("--long") else "4"
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKS, state, children, str(tmp_path)]
    subprocess.run(command, check=True, timeout=DEADLINE, cwd=ROOT)


FORK_DURING_COMPILATION = """if True:
    import os, signal, threading
    import llvmlite.binding
    import minikeras as keras
    from minikeras.kernels.machine import object_code

    is_over = threading.Event()

    def call():
        while not is_over.is_set():
            llvmlite.binding.get_process_triple()  # takes llvmlite's lock, as every call does

    threads = [threading.Thread(target=call, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        child = os.fork()
        if child == 0:
            signal.alarm(200)
            llvmlite.binding.get_process_triple()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0, "the child waits for a lock that nobody holds"
    is_over.set()
    """


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_that_is_forked_during_a_compilation_can_compile():
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORK_DURING_COMPILATION]
    subprocess.run(command, check=True, timeout=DEADLINE, cwd=ROOT)
