"""What is inside a layer is remembered, yet every change of attributes, lists and dicts is seen at once."""

from itertools import pairwise

import numpy as np
import pytest

import minikeras as keras


class Holder(keras.Layer):
    def __init__(self):
        super().__init__()
        self.first = built_dense()
        self.blocks = [built_dense(), [built_dense()]]
        self.heads = {"a": built_dense()}
        self.later = []
        self.words = ["a", "b"]


def built_dense():
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    return layer


def put_in_dict(holder):
    holder.heads["b"] = built_dense()


def replace_in_list(holder):
    holder.blocks[0] = built_dense()


def set_attribute(holder):
    holder.second = built_dense()


def set_inside(holder):
    with holder.first._unlocked_state():
        holder.first.inner = built_dense()


def add_inside(holder):
    with holder.first._unlocked_state():
        holder.first.add_weight((1,))


CHANGES = {
    "attribute set": (set_attribute, 1),
    "attribute set in a sub-layer": (set_inside, 1),
    "attribute replaced": (lambda holder: setattr(holder, "first", built_dense()), 0),
    "attribute replaced by nothing": (lambda holder: setattr(holder, "first", None), -1),
    "attribute deleted": (lambda holder: delattr(holder, "first"), -1),
    "appended to a list": (lambda holder: holder.blocks.append(built_dense()), 1),
    "appended to an empty list": (lambda holder: holder.later.append(built_dense()), 1),
    "appended to a list in a list": (lambda holder: holder.blocks[1].append(built_dense()), 1),
    "replaced in a list": (replace_in_list, 0),
    "put into a dict": (put_in_dict, 1),
    "a weight added": (add_inside, 0.5),
    "a list of words grew": (lambda holder: holder.words.append("c"), 0),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes_are_seen(name):
    change, layers_more = CHANGES[name]
    holder = Holder()
    before = {id(v) for v in holder.trainable_variables}
    assert len(before) == 8
    change(holder)
    after = {id(v) for v in holder.trainable_variables}
    assert len(after) == 8 + 2 * layers_more
    if "replaced" in name:
        assert after != before


def test_nothing_is_walked_twice_without_a_change():
    holder = Holder()
    assert holder.trainable_variables
    structure = holder._structure()
    holder.first(np.ones((1, 3), "float32"))
    assert holder._structure() is structure


def test_freezing_in_a_callback_takes_effect():
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="a"), keras.layers.Dense(1, name="b")])
    model.compile("sgd", "mse")
    kernels = []

    class Freeze(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            kernels.append(model.get_layer("a").kernel.numpy())
            model.get_layer("a").trainable = batch in (0, 3)

    model.fit(x, x[:, :1], batch_size=4, verbose=0, callbacks=[Freeze()])
    moved = [not np.array_equal(a, b) for a, b in pairwise(kernels)]
    assert moved == [True, False, False, True, False, False, False]
