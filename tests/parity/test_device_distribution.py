"""`keras.distribution` on one CPU: the same answers and exception types as tf.keras's."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import keras
import tensorflow as tf

import minikeras
import minikeras.compat.tensorflow.data


def mesh(d, shape=(1, 1), names=("batch", "model")):
    return d.DeviceMesh(shape, list(names), ["cpu:0"])


def layouts(d, *keys):
    found = d.LayoutMap(mesh(d))
    for number, key in enumerate(keys):
        found[key] = (None, "model") if number == 0 else ("model", None)
    return found


def again(d):
    layout = d.TensorLayout([None])
    layout.device_mesh = mesh(d)
    layout.device_mesh = mesh(d)


def with_own_layout(backend):
    d = backend.distribution
    variable = backend.Variable(np.ones((3, 4)), name="dense_kernel")
    variable._layout = d.TensorLayout(("model", None))
    return d.DataParallel(), d.ModelParallel(layout_map=layouts(d)), variable


def trained(backend, distribution):
    d = backend.distribution
    d.set_distribution(distribution)
    try:
        model = backend.Sequential([backend.Input((3,)), backend.layers.Dense(2, "relu", kernel_initializer="ones")])
        model.compile("sgd", "mse")
        history = model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0).history
        return round(history["loss"][0], 5), repr(d.distribution()), model.layers[0].kernel.path
    finally:
        d.set_distribution(None)


def scoped(d):
    parallel = d.DataParallel()
    with parallel.scope():
        inside = d.distribution() is parallel
    return inside, d.distribution()


def variable_layouts(backend):
    *distributions, variable = with_own_layout(backend)
    own = [x.get_variable_layout(variable) for x in distributions]
    variable._layout = None
    return own, [x.get_variable_layout(variable) for x in distributions]


def rows(backend):
    data = tf.data if backend is keras else minikeras.compat.tensorflow.data
    return data.Dataset.from_tensor_slices(np.arange(3.0))


def divided_already(d):
    parallel = d.DataParallel()
    parallel.auto_shard_dataset = False
    return parallel.auto_shard_dataset


CASES = {
    "devices": lambda k, d: [d.list_devices(kind) for kind in (None, "cpu", "CPU", "gpu", "tpu", "nonsense")],
    "mesh": lambda k, d: [mesh(d), mesh(d).devices.tolist(), d.DeviceMesh([1], ("b",)).axis_names],
    "mesh of too few": lambda k, d: d.DeviceMesh((2,), ["batch"], ["cpu:0"]),
    "mesh without names": lambda k, d: d.DeviceMesh((2, 2), ["batch"], ["cpu:0"] * 4),
    "mesh of nothing": lambda k, d: d.DeviceMesh([], ["batch"]),
    "mesh without a shape": lambda k, d: d.DeviceMesh(None, ["batch"]),
    "mesh of a number": lambda k, d: d.DeviceMesh(1, ("b",)),
    "layout": lambda k, d: [d.TensorLayout(["batch", None]), d.TensorLayout(("model",), mesh(d)).axes],
    "layout of unknown axes": lambda k, d: d.TensorLayout(["foo"], mesh(d)),
    "layout of nothing": lambda k, d: d.TensorLayout(None),
    "layout on another mesh": lambda k, d: again(d),
    "layout for the backend": lambda k, d: d.TensorLayout([None], mesh(d)).backend_layout,
    "map": lambda k, d: [layouts(d, "dense/kernel", "dense.*")[key] for key in ("dense/kernel", "dense/bias", "x")],
    "map of parts of paths": lambda k, d: [layouts(d, key)["my/dense/kernel"] for key in ("dense", "kernel$", ".*nel")],
    "map as a mapping": lambda k, d: [list(layouts(d, "a", "b").items()), "z" in layouts(d), layouts(d, "a").pop("a")],
    "map set twice": lambda k, d: layouts(d, "a", "a"),
    "map of a number": lambda k, d: layouts(d).__setitem__("a", 3),
    "map of a list": lambda k, d: layouts(d).__setitem__("a", ["model"]),
    "map of unknown axes": lambda k, d: layouts(d).__setitem__("a", ("foo",)),
    "map by a number": lambda k, d: layouts(d, "a")[3],
    "map without": lambda k, d: layouts(d).__delitem__("a"),
    "data parallel": lambda k, d: [
        d.DataParallel(),
        d.DataParallel(devices=["cpu:0", "cpu:1"]),
        d.DataParallel(devices=[]),
    ],
    "data parallel of a number": lambda k, d: d.DataParallel(device_mesh=1),
    "data parallel's data": lambda k, d: [
        d.DataParallel().get_data_layout((4, 3)),
        d.DataParallel().get_tensor_layout("x"),
    ],
    "data parallel's scalar": lambda k, d: d.DataParallel().get_data_layout(()),
    "properties": lambda k, d: [
        getattr(d.DataParallel(), name)
        for name in ("num_processes", "num_model_replicas", "data_shard_id", "batch_dim_name", "auto_shard_dataset")
    ],
    "replicas": lambda k, d: [
        d.DataParallel(devices=["cpu:0", "cpu:1", "cpu:2"]).num_model_replicas,
        *[d.ModelParallel(layout_map=layouts(d), batch_dim_name=n).num_model_replicas for n in ("batch", "model")],
    ],
    "a set property": lambda k, d: setattr(d.DataParallel(), "device_mesh", 3),
    "model parallel": lambda k, d: [
        d.ModelParallel(layout_map=layouts(d), batch_dim_name="model").get_data_layout((2, 2)),
        d.ModelParallel(layout_map=layouts(d, "a")).get_tensor_layout("a"),
        d.ModelParallel(layout_map=layouts(d), foo=3),
    ],
    "model parallel without a map": lambda k, d: d.ModelParallel(),
    "model parallel with a number": lambda k, d: d.ModelParallel(layout_map=3),
    "model parallel without a mesh": lambda k, d: d.ModelParallel(layout_map=d.LayoutMap(None)),
    "model parallel by position": lambda k, d: d.ModelParallel(layouts(d)),
    "variables": lambda k, d: variable_layouts(k),
    "scope": lambda k, d: scoped(d),
    "set": lambda k, d: [d.set_distribution(None), d.distribution()],
    "a data set": lambda k, d: d.DataParallel().distribute_dataset([1]),
    "a tf.data.Dataset": lambda k, d: d.DataParallel().distribute_tf_dataset(rows(k).batch(2)).element_spec,
    "a Dataset without batches": lambda k, d: d.DataParallel().distribute_tf_dataset(rows(k)),
    "a list in place of a Dataset": lambda k, d: d.DataParallel().distribute_tf_dataset([1]),
    "data that is divided already": lambda k, d: divided_already(d),
    "mesh for the backend": lambda k, d: mesh(d).backend_mesh,
}  # fmt: skip


def outcome(call, backend):
    try:
        return repr(call(backend, backend.distribution))
    except Exception as error:
        return type(error).__name__


@pytest.mark.parametrize("name", CASES)
def test_answers_are_the_same(name):
    assert outcome(CASES[name], minikeras) == outcome(CASES[name], keras)


@pytest.mark.full
def test_training_goes_on_unchanged():
    for make in (lambda d: d.DataParallel(), lambda d: d.ModelParallel(layout_map=layouts(d, ".*kernel"))):
        ours, theirs = [trained(k, make(k.distribution)) for k in (minikeras, keras)]
        assert ours == theirs
