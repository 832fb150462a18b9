"""Uses of models, layers and files in which the packages once differed: see `class_cases.py`."""

import pickle
import tempfile
import warnings

import numpy as np

X = np.ones((2, 3), "float32")
UNKNOWN = {"class_name": "Nope", "config": {}}
KINDS = ("losses", "initializers", "regularizers", "constraints", "metrics", "quantizers")
PATHS = {"a number": 3, "a list": ["a.keras"], "bytes": b"a.keras", "a fraction": 1.5}


def small_model(keras):
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])


def mask_as_output(keras, nest):
    x = keras.Input((3,), dtype="int32")
    y = keras.layers.Embedding(4, 2, mask_zero=True, embeddings_initializer="ones")(x)
    return keras.Model(x, nest(y, y._keras_mask))(np.array([[1, 0, 2]]))


def mask_of_joined(keras):
    a, b = keras.Input((2, 2)), keras.Input((1, 2))
    y = keras.layers.Concatenate(axis=1)([keras.layers.Masking()(a), b])
    return keras.Model([a, b], y._keras_mask)([np.array([[[0, 0], [1, 2]]]), np.zeros((1, 1, 2))])


def rescaling_of_config(keras, scale):
    layer = keras.layers.Rescaling(scale, np.array([0.5, 1.0, 2.0]))
    return keras.layers.Rescaling.from_config(layer.get_config())(X)


def policy_given_to_subclass(keras, policy):
    received = []

    def init(self, units, **kwargs):
        received.append(type(kwargs["dtype"]).__name__)
        keras.layers.Dense.__init__(self, units, **kwargs)

    subclass = type("Sub", (keras.layers.Dense,), {"__init__": init})
    subclass.from_config(keras.layers.Dense(2, dtype=policy).get_config())
    return received


def built_without_shape(keras):
    layer = keras.layers.Embedding(4, 2)
    layer.build()
    return layer.get_build_config()


def quantized_and_reloaded(keras):
    layer = keras.layers.Embedding(4, 2, embeddings_initializer="ones")
    layer.build()
    layer.quantize("int8")
    with tempfile.TemporaryDirectory() as folder:
        keras.Sequential([layer]).save(f"{folder}/a.keras")
        return keras.saving.load_model(f"{folder}/a.keras")(np.array([[1, 2]]))


def normalized_weights(keras, policy):
    layer = keras.layers.SpectralNormalization(keras.layers.Dense(2), dtype=policy)
    layer(X)
    return [keras.backend.standardize_dtype(w.dtype) for w in layer.weights]


def schedule(keras, boundaries, values):
    return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, values)


def shapes_of_dicts(keras):
    inputs = {"p": keras.Input((2,)), "q": keras.Input((3,))}
    model = keras.Model(inputs, {"a": keras.layers.ReLU()(inputs["p"]), "b": keras.layers.ReLU()(inputs["q"])})
    model = keras.models.clone_model(model)
    return model.input_shape, model.output_shape


def loss_by_layer(keras):
    """The name of the layer that makes an output, where the outputs are a dict with other keys."""
    x = keras.Input((3,))
    model = keras.Model(x, {"y": keras.layers.Dense(1, name="layer")(x)})
    model.compile(loss={"layer": "mse"})
    return model.evaluate(X, {"y": np.ones((2, 1), "float32")}, verbose=0)


def product_of_sparse(keras):
    x = keras.KerasTensor((2, 4, 5), sparse=True)
    return keras.layers.Dot(axes=-1)([x, x]).sparse


def layer_of_mine(keras):
    return type("Mine", (keras.layers.Layer,), {"call": lambda self, x: x})()


def registered_in_legacy_file(keras):
    register = keras.saving.register_keras_serializable(package="api_cases")
    mine = register(type("Mine", (keras.layers.Dense,), {}))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        keras.Sequential([keras.Input((3,)), mine(1, kernel_initializer="ones")]).save(f"{folder}/a.h5")
        return keras.saving.load_model(f"{folder}/a.h5")(X)


def endless_batches(keras):
    """A PyDataset that does not say how many batches it has."""
    data = type("Endless", (keras.utils.PyDataset,), {"__getitem__": lambda self, index: index})
    return [batch for batch, _ in zip(data(), range(3), strict=False)]


def pickled(keras):
    x = keras.Input((3,))
    return pickle.loads(pickle.dumps(keras.Model(x, keras.ops.var(x, axis=1))))(X)


def cloned(keras, function):
    """What two clones of a model of `function` compute; each layer and op is made of its config."""
    x = keras.Input((3,))
    model = keras.Model(x, function(keras.ops, x))
    again = keras.models.clone_model(model, clone_function=lambda layer: type(layer).from_config(layer.get_config()))
    return keras.models.clone_model(model)(X), again(X)


CASES = {
    "mask as the only output": lambda k: mask_as_output(k, lambda y, mask: mask),
    "mask beside its tensor": lambda k: mask_as_output(k, lambda y, mask: [y, mask]),
    "mask of joined tensors": mask_of_joined,
    **{f"saved to {name}": lambda k, path=path: small_model(k).save(path) for name, path in PATHS.items()},
    **{f"weights saved to {name}": lambda k, p=path: small_model(k).save_weights(p) for name, path in PATHS.items()},
    **{f"loaded from {name}": lambda k, path=path: k.saving.load_model(path) for name, path in PATHS.items()},
    "rescaling by an array without axes": lambda k: rescaling_of_config(k, np.array(0.25)),
    "rescaling by an array": lambda k: rescaling_of_config(k, np.array([0.25, 0.5, 1.0])),
    "policy by name": lambda k: policy_given_to_subclass(k, "bfloat16"),
    "policy as an object": lambda k: policy_given_to_subclass(k, "int8_from_bfloat16"),
    "built without a shape": built_without_shape,
    "quantized and loaded again": quantized_and_reloaded,
    "vectors without a vocabulary": lambda k: k.layers.StringLookup(output_mode="multi_hot")(np.array(["a"])),
    "wrapper in another precision": lambda k: normalized_weights(k, "mixed_float16"),
    "equation with fewer letters": lambda k: k.layers.EinsumDense("ab,b->a", (1, 3)).compute_output_shape((2, 1, 2)),
    "scores of an unknown number of classes": lambda k: k.metrics.FBetaScore()._build((2, None), (2, None)),
    "endless batches": endless_batches,
    "module of a user's class": lambda k: k.saving.serialize_keras_object(layer_of_mine(k))["module"],
    "loss before compile": lambda k: small_model(k).loss,
    "export before build": lambda k: k.Sequential([k.layers.Dense(1)]).export("a"),
    "registered class in an .h5 file": registered_in_legacy_file,
    **{
        f"stored as {dtype}": lambda k, dtype=dtype: k.quantizers.quantize_and_dequantize(X * 7, 0.5, dtype, "float32")
        for dtype in ("float16", "bfloat16", "float8_e5m2", "int8")
    },
    "product of sparse tensors": product_of_sparse,
    **{f"schedule at {t}": lambda k, t=t: schedule(k, [1, 3], [1.0, 0.5, 0.1])(t) for t in (1, 2, 3, 5)},
    "schedule of integers": lambda k: schedule(k, [1, 3], [1, 2, 3])(2),
    "model of nothing": lambda k: k.Model(None, None),
    "model of arrays": lambda k: k.Model(X, X),
    "model without outputs": lambda k: k.Model(k.Input((2,))),
    "shapes of dicts": shapes_of_dicts,
    **{f"{kind} of an unknown class": lambda k, kind=kind: getattr(k, kind).get(UNKNOWN) for kind in KINDS},
    **{f"{kind} of a function": lambda k, kind=kind: getattr(k, kind).deserialize(len) is len for kind in KINDS},
    "constant of one length": lambda k: k.initializers.Constant(2.0)(3),
    "equation with one letter before the others": lambda k: k.layers.EinsumDense("x...,xy->y...", (4, 2)).build((3, 3)),
    **{f"activation {x!r} written": lambda k, x=x: k.activations.serialize(x) for x in ("nope", 3, {})},
    "loss by a layer's name": loss_by_layer,
    "pickled with a variance": pickled,
    "integers normalized in mixed precision": lambda k: k.layers.BatchNormalization(dtype="mixed_float16")(
        np.array([[0, 1], [1, 2], [2, 2]]), training=True
    ),
    "clones with a variance": lambda k: cloned(k, lambda ops, x: ops.var(x, axis=1, keepdims=True)),
    "clones with a map": lambda k: cloned(k, lambda ops, x: ops.map(lambda row: row * 2, x)),
    "clones with a median": lambda k: cloned(k, lambda ops, x: ops.median(x, axis=-1) + ops.std(x)),
}

TRAINING = {"quantized and loaded again", "loss by a layer's name", "mask as the only output"}
"""Cases that take TensorFlow a quarter of a second or more."""
