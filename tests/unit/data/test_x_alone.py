"""What a `train_step` of one's own gets from `fit(x)`, `fit([a, b])`, `fit(dataset of x)`: Keras's form of it."""

import numpy as np

from minikeras.data import adapter_for

X = np.ones((4, 2), "float32")


def test_one_array_comes_without_a_tuple():
    assert next(iter(adapter_for(X).epoch())).shape == (4, 2)
    assert next(iter(adapter_for({"a": X}).epoch()))["a"].shape == (4, 2)


def test_a_list_of_arrays_comes_in_a_tuple():
    batch = next(iter(adapter_for([X, X]).epoch()))
    assert isinstance(batch, tuple)
    assert [len(batch), len(batch[0])] == [1, 2]


def test_batches_of_an_iterable_keep_their_form():
    bare, in_tuple, pair = adapter_for(iter([X, (X,), (X, X)])).epoch()
    assert bare.shape == (4, 2)
    assert len(in_tuple) == 1
    assert len(pair) == 2
