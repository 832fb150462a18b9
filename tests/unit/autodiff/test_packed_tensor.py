"""String tensors whose strings lie together in memory are string tensors."""

import pickle

import numpy as np

from minikeras.autodiff.packed_tensor import PackedTensor, packed_strings
from minikeras.autodiff.tensor import Tensor, string_tensor
from minikeras.compat import tensorflow as tf
from minikeras.kernels.strings.packed import PackedStrings

CONTENT = np.frombuffer(b"..abc...defg", np.uint8)
STRINGS = [[b"abc", b""], [b"defg", b"c..."]]


def packed_tensor():
    return PackedTensor(PackedStrings(CONTENT, np.array([2, 0, 8, 4]), np.array([3, 0, 4, 4])), (2, 2))


def test_objects_are_made_when_they_are_asked_for():
    x = packed_tensor()
    assert x.shape == (2, 2)
    assert x.packed is not None
    assert x.array.tolist() == STRINGS
    assert x.packed is None
    assert x.array is x.array
    assert type(x.plain) is Tensor


def test_it_is_used_like_any_string_tensor():
    assert tf.strings.length(packed_tensor()).numpy().tolist() == [[3, 0], [4, 4]]
    assert packed_tensor()[1].numpy().tolist() == STRINGS[1]
    assert tf.concat([packed_tensor(), packed_tensor()], 0).shape == (4, 2)
    assert pickle.loads(pickle.dumps(packed_tensor())).array.tolist() == STRINGS
    assert packed_tensor().dtype == "string"


def test_the_strings_of_any_tensor():
    for x in (packed_tensor(), string_tensor(STRINGS), STRINGS):
        strings, shape, _owner = packed_strings(x)
        assert shape == (2, 2)
        assert strings.objects() == [*STRINGS[0], *STRINGS[1]]
