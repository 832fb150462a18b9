"""Rows like those of `class_cases.py`: optimizers, gradients as rows, configs without parts, symbolic shapes."""

import numpy as np
import tensorflow as tf

import minikeras
from minikeras.autodiff import IndexedSlices

X = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)
NAMES = (
    *("SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Adafactor", "Nadam", "Ftrl", "Lion", "Lamb"),
    *("Muon", "ScheduleFreeAdamW", "LossScaleOptimizer"),
)
LEARNING_RATES = (0.5, 1, "0.5", None, np.float64(0.5), np.ones(2))
CLIPPING = ({"clipnorm": 0.0, "clipvalue": 1.0}, {"clipnorm": -1.0}, {"global_clipnorm": 0}, {"clipvalue": True})
ACCUMULATION = (0, 1, 1.5, 2.0, -1)
IDENTIFIERS = ({"class_name": "SGD"}, {"config": {}}, {}, "optimizer", "sgd ", 3, ["sgd"])


def make(keras, name, **options):
    """An optimizer of that class."""
    if name == "LossScaleOptimizer":
        return keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(), **options)
    return getattr(keras.optimizers, name)(**options)


def variables_of(keras, dtype="float32"):
    return [keras.Variable(X, dtype=dtype, name="w"), keras.Variable(np.ones(3), dtype=dtype, name="b")]


def two_steps(keras, optimizer, dtype="float32", gradient_dtype=None):
    """The variables, the state by its paths and dtypes, and the config after two steps."""
    variables = variables_of(keras, dtype)
    for step in range(2):
        optimizer.apply(
            [
                keras.ops.convert_to_tensor(np.sin(v + step), gradient_dtype or v.dtype)
                for v in map(np.asarray, variables)
            ],
            variables,
        )
    state = [(v.path, keras.backend.standardize_dtype(v.dtype), np.asarray(v)) for v in optimizer.variables]
    config = {name: list(value) if isinstance(value, list) else value for name, value in optimizer.get_config().items()}
    return [np.asarray(v) for v in variables], state, config


def own_variables_of_an_unbuilt_one(keras, name):
    """What an optimizer that is not built yet takes from the state of another."""
    optimizer, store = make(keras, name), {}
    optimizer.apply([keras.ops.ones((2, 3)), keras.ops.ones(3)], variables_of(keras))
    optimizer.save_own_variables(store)
    other = make(keras, name)
    other.load_own_variables(store)
    return sorted(store), len(other.variables)


def learning_rate_set(keras, value, start):
    optimizer = keras.optimizers.SGD(start)
    optimizer.learning_rate = value
    return float(optimizer.learning_rate), [v.name for v in optimizer.variables]


def rows(keras):
    """The gradient of a table with three rows, of which the last was read twice."""
    values, positions = [[1.0, 0.5], [0.25, -0.5], [0.5, 0.5]], [0, 2, 2]
    if keras is minikeras:
        return IndexedSlices(np.array(values, "float32"), np.array(positions, "int32"), (3, 2))
    return tf.IndexedSlices(tf.constant(values), tf.constant(positions), tf.constant([3, 2]))


def of_rows(function):
    """A case: what an op makes of such a gradient, rows or a tensor."""

    def case(keras):
        result = function(keras.ops, rows(keras))
        if type(result).__name__ == "IndexedSlices":
            return np.asarray(result.values), np.asarray(result.indices)
        return result

    return case


def kernel_after_calibration(keras, mode, config):
    layer = keras.layers.Dense(2)
    layer.build((None, 2))
    layer.quantize(mode, config=getattr(keras.quantizers, config)(dataset=None, tokenizer=None, group_size=8))
    setattr(layer, f"is_{mode}_calibrated", True)
    return np.asarray(layer.kernel)


def source_inputs(keras):
    """Which KerasTensors that are no `Input`s a result is computed of."""
    a, b = keras.KerasTensor((2,)), keras.KerasTensor((2,))
    return [[a, b].index(x) for x in keras.utils.get_source_inputs(keras.ops.square(a + b + a))]


def borders(keras, function, kind, **lengths):
    arguments = {f"top_{kind}": 0, f"left_{kind}": 0, "target_height": 5, "target_width": 5} | lengths
    return getattr(keras.ops.image, function)(keras.KerasTensor((None, None, 3)), **arguments)


def mask_of_a_list(keras):
    """The shape of a layer's symbolic result that takes the first of its inputs' masks."""

    class First(keras.layers.Layer):
        def call(self, inputs, mask=None):
            return inputs[0] if mask[0] is None else inputs[1]

    inputs = keras.Input((3,)), keras.Input((4,))
    return First()(list(inputs)).shape, First()([X, X[:, :1]]).shape[1]


def renamed(keras, name):
    """Where the name of a layer that was given another one is found."""
    layer = keras.layers.Dense(1, name="before")
    model = keras.Sequential([keras.Input((3,)), layer])
    layer.name = model.name = name
    tensor = keras.KerasTensor((2,), name="before")
    tensor.name = name
    return layer.name, model.name, tensor.name, [w.path for w in model.weights], model.get_layer(name) is layer


def evaluated_without_steps(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(loss="mse", run_eagerly=True)
    return model.evaluate(X, X[:, :1], steps=0, verbose=0)


CASES = {
    **{f"{name} in float16": lambda k, n=name: two_steps(k, make(k, n), "float16", "float32") for name in NAMES},
    **{
        f"state of {name} for an unbuilt one": lambda k, n=name: own_variables_of_an_unbuilt_one(k, n)
        for name in ("Adam", "LossScaleOptimizer")
    },
    **{
        f"SGD of {value!r}": lambda k, v=value: make(k, "SGD", learning_rate=v).get_config() for value in LEARNING_RATES
    },
    **{f"rate set to {value!r}": lambda k, v=value: learning_rate_set(k, v, 0.1) for value in LEARNING_RATES},
    "rate set to a schedule": lambda k: learning_rate_set(k, k.optimizers.schedules.CosineDecay(0.1, 3), 0.1),
    "rate set in place of a function": lambda k: learning_rate_set(k, lambda: 0.7, lambda: 0.1),
    **{f"clipping by {options}": lambda k, o=options: two_steps(k, make(k, "SGD", **o)) for options in CLIPPING},
    **{
        f"accumulation of {n!r} steps": lambda k, n=n: two_steps(k, make(k, "Adam", gradient_accumulation_steps=n))
        for n in ACCUMULATION
    },
    "who holds the counter": lambda k: (lambda o: (o.iterations.aggregation, o.learning_rate.aggregation))(
        k.optimizers.SGD()
    ),
    **{f"optimizer of {x!r}": lambda k, x=x: type(k.optimizers.get(x)).__name__ for x in IDENTIFIERS},
    "loss without a config": lambda k: k.losses.get({"class_name": "MeanSquaredError"}).name,
    "loss by the name of its class": lambda k: type(k.losses.deserialize("MeanSquaredError")).__name__,
    "metric by a short name": lambda k: type(k.metrics.deserialize("mse")).__name__,
    **{
        f"{name} of rows": of_rows(lambda ops, g, name=name: getattr(ops, name)(g))
        for name in ("abs", "square", "sign", "negative", "tanh", "zeros_like", "sum", "relu")
    },
    "rows times a number": of_rows(lambda ops, g: ops.multiply(g, 0.5)),
    "rows and a tensor": of_rows(lambda ops, g: ops.add(g, np.ones((3, 2), "float32"))),
    "kernel of calibrated GPTQ": lambda k: kernel_after_calibration(k, "gptq", "GPTQConfig"),
    "kernel of calibrated AWQ": lambda k: kernel_after_calibration(k, "awq", "AWQConfig"),
    "inputs of no model": source_inputs,
    "masks of a list without any": mask_of_a_list,
    "a layer's new name": lambda k: renamed(k, "after"),
    "evaluated for 0 steps": evaluated_without_steps,
    "signature of no function": lambda k: k.ops.vectorize(k.ops.sum, signature="nope")(X),
    **{
        f"unknown axis {axis} squeezed": lambda k, a=axis: k.KerasTensor((None, 1)).squeeze(a)
        for axis in (0, 1, (0, 1))
    },
    "crop above an image of unknown height": lambda k: borders(k, "crop_images", "cropping", top_cropping=-1),
    "crop to less than nothing": lambda k: borders(k, "crop_images", "cropping", target_height=-1),
    "pad an image of unknown width": lambda k: borders(k, "pad_images", "padding", left_padding=-1),
    "models have no states": lambda k: hasattr(k.Model, "reset_states"),
}

QUICK = {
    "who holds the counter",
    "loss without a config",
    "square of rows",
    "inputs of no model",
    "unknown axis 0 squeezed",
}
"""Cases that run every time."""
