"""PyDataset: order, workers, errors, hooks."""

import math
import time

import numpy as np
import pytest

import minikeras as keras
from minikeras.data.py_dataset import PyDatasetAdapter
from minikeras.data.workers import Workers


class Numbers(keras.utils.PyDataset):
    """Batch i is two rows of the number i."""

    def __init__(self, fail_at=None, **kwargs):
        super().__init__(**kwargs)
        self.fail_at = fail_at
        self.events = []

    def __len__(self):
        return 7

    def __getitem__(self, index):
        if index == self.fail_at:
            raise OSError(f"file {index} is damaged")
        time.sleep(0.002 * (index % 3))  # so that batches of several workers are finished out of order
        return np.full((2, 1), index, "float32"), np.full((2, 1), index, "float32")

    def on_epoch_begin(self):
        self.events.append("begin")

    def on_epoch_end(self):
        self.events.append("end")


def first_values(adapter):
    return [int(x.numpy()[0, 0]) for x, _ in adapter.epoch()]


SETTINGS = [
    {"workers": 1},
    {"workers": 3},
    {"workers": 2, "max_queue_size": 1},
    {"workers": 2, "use_multiprocessing": True},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_batches_come_in_order_whatever_the_workers(settings):
    adapter = PyDatasetAdapter(Numbers(**settings))
    assert first_values(adapter) == list(range(7))
    assert first_values(adapter) == list(range(7))


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_errors_of_workers_reach_the_user(settings):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(OSError, match="file 4 is damaged"):
        model.fit(Numbers(fail_at=4, **settings), verbose=0)


def test_shuffling_draws_an_order_for_each_epoch():
    keras.utils.set_random_seed(3)
    adapter = PyDatasetAdapter(Numbers(workers=2), shuffle=True)
    first, second = first_values(adapter), first_values(adapter)
    assert sorted(first) == sorted(second) == list(range(7))
    assert first != second
    keras.utils.set_random_seed(3)
    assert first_values(PyDatasetAdapter(Numbers(), shuffle=True)) == first


def test_no_more_batches_than_the_queue_holds_are_made_ahead():
    made = []

    class Noting:
        def __getitem__(self, index):
            made.append(index)
            return index

    batches = Workers(Noting(), 1, False, queue_size=2).batches(range(50))
    next(batches)
    batches.close()
    assert len(made) <= 3


def test_hooks_and_endless_data():
    dataset = Numbers()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(dataset, epochs=2, verbose=0)
    assert dataset.events == ["end", "begin", "end", "begin", "end"]  # Keras's order: it ends an epoch before the first

    class Endless(Numbers):
        num_batches = None

    model.fit(Endless(workers=2), epochs=2, steps_per_epoch=5, verbose=0)
    assert int(model.optimizer.iterations) == 2 * 7 + 2 * 5


def test_forgetting_super_init_is_reported():
    class Forgetful(keras.utils.Sequence):
        def __init__(self):
            pass

        def __len__(self):
            return 1

        def __getitem__(self, index):
            return np.ones((2, 1))

    with pytest.warns(UserWarning, match=r"super\(\).__init__"):
        assert Forgetful().workers == 1


def test_a_batch_must_be_arrays():
    class Wrong(Numbers):
        def __getitem__(self, index):
            return "not an array"

    with pytest.raises(ValueError, match=r"__getitem__\(\) must return"):
        next(PyDatasetAdapter(Wrong()).epoch())


def test_splitting_keeps_every_sample_once():
    x, y = np.arange(10), np.arange(10) * 2
    left, right = keras.utils.split_dataset((x, y), left_size=0.7, shuffle=True, seed=3)
    assert len(left) == math.floor(7)
    samples = [(int(x), int(y)) for part in (left, right) for x, y in part]
    assert sorted(samples) == [(n, 2 * n) for n in range(10)]
    with pytest.raises(ValueError, match="left_size"):
        keras.utils.split_dataset((x, y), left_size=1.5)


def test_a_batch_that_is_a_dict_reaches_the_step_as_one():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return {"x": np.ones((2, 1), "float32")}

    assert set(next(iter(PyDatasetAdapter(Batches()).epoch()))) == {"x"}
