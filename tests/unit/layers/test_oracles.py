"""Every layer against its definition in plain NumPy: outputs, all gradients, state, and steps that run compiled.

The definitions are in `oracles/`, a file per family of layers. They share no code with minikeras and need no
TensorFlow. A layer without a row fails `test_every_layer_has_a_definition`.
"""

from functools import cache
from importlib import import_module
from inspect import isclass, signature
from pathlib import Path

import numpy as np
import pytest

import minikeras as keras
from minikeras import GradientTape, Tensor, layers, ops
from tests.oracles import (
    GRADIENTS,
    STEPS,
    TRAINED,
    VALUES,
    Shifted,
    assert_gradient,
    assert_near,
    by_numpy,
    replays,
    slopes,
)
from tests.unit.layers.not_compiled import NOT_COMPILED
from tests.unit.layers.oracles.case import named

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

FAMILIES = [path.stem for path in sorted(Path(__file__).with_name("oracles").glob("*.py")) if path.stem != "case"]
CASES = [case for family in FAMILIES for case in import_module(f"tests.unit.layers.oracles.{family}").CASES]
# the base classes, the entrance of a graph, and what only calls other layers
WITHOUT_MATHEMATICS = {layers.Layer, layers.InputLayer, layers.Wrapper, layers.Pipeline}
# to and from class indices, without gradients: tests/unit/layers/preprocessing/
WITHOUT_MATHEMATICS |= {layers.CategoryEncoding, layers.Discretization, layers.IntegerLookup, layers.StringLookup}
WITHOUT_MATHEMATICS |= {layers.Hashing, layers.HashedCrossing, layers.TextVectorization}
# of functions of other libraries: tests/unit/layers/test_foreign_layers.py
WITHOUT_MATHEMATICS |= {layers.JaxLayer, layers.FlaxLayer, layers.TFSMLayer, layers.TorchModuleWrapper}
# what chooses other layers, mixes images by values of other distributions, or moves boxes: test_image_mixing.py there
WITHOUT_MATHEMATICS |= {layers.AugMix, layers.CutMix, layers.MaxNumBoundingBoxes, layers.MixUp, layers.RandAugment}
WITHOUT_MATHEMATICS |= {layers.RandomElasticTransform, layers.ContrastLimitedAdaptiveHistogramEqualization}
WITHOUT_GRADIENT = {
    "Equalization",
    "RandomPosterization",
}  # they round to bytes: no variable before them can be trained
DTYPES = ["float64", "float32"]


def is_float(x):
    return np.asarray(x).dtype.kind == "f"


@cache
def expected_slopes(case, dtype, draws=0):
    """{number of a float input or name of a trainable weight: slopes of Σ output · projection}."""
    layer = case.make(dtype)
    inputs, weights = case.draw_inputs(), case.draw_weights(layer)
    projection = case.projection(case.expected(inputs, weights, dtype, draws)[0].shape)

    def total(inputs, weights):
        return float(np.sum(case.expected(inputs, weights, dtype, draws)[0] * projection))

    of_inputs = {
        number: slopes(
            lambda x, number=number: total([*inputs[:number], x, *inputs[number + 1 :]], weights), inputs[number]
        )
        for number in range(len(inputs))
        if is_float(inputs[number])
    }
    of_weights = {
        name: slopes(lambda w, name=name: total(inputs, {**weights, name: w}), weights[name])
        for name in named(layer.trainable_weights)
    }
    return {**of_inputs, **of_weights}


@pytest.mark.one_in(2)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_outputs_gradients_and_state(case, dtype):
    layer, inputs = case.make(dtype), case.draw_inputs()
    weights = case.draw_weights(layer)
    output, state = case.expected(inputs, weights, dtype)
    tensors = [Tensor(x.astype(dtype) if is_float(x) else x) for x in inputs]
    watched = [x for x in tensors if is_float(x)]
    with GradientTape(persistent=True) as tape:
        tape.watch(watched)
        y = case.called(layer, tensors, **case.call)
        total = ops.sum(y * case.projection(output.shape).astype(dtype))
    assert y.dtype == dtype
    assert_near(y, output, VALUES[dtype], "output")
    for name, weight in named(layer.weights).items():
        assert_near(weight, state[name], VALUES[dtype], f"{name} after the call")
    sources = [*watched, *layer.trainable_weights]
    for source, (name, expected) in zip(sources, expected_slopes(case, dtype).items(), strict=True):
        gradient = tape.gradient(total, source)  # None for steps, such as the rounding to bytes
        gradient = np.zeros(source.shape) if gradient is None else np.asarray(ops.convert_to_tensor(gradient))
        assert gradient.shape == tuple(source.shape)
        assert_gradient(gradient, expected, GRADIENTS[dtype], f"gradient of {name}")


def shifted_model(case, inputs):
    """A model that shifts the float inputs and calls the layer, the layer, and the shifts."""
    layer = case.make("float32")
    symbols = [keras.Input(batch_shape=x.shape, dtype=str(x.dtype)) for x in inputs]
    shifts = {number: Shifted() for number, x in enumerate(inputs) if is_float(x)}
    shifted = [shifts[number](x) if number in shifts else x for number, x in enumerate(symbols)]
    arguments = {name: value for name, value in case.call.items() if name != "training"}
    model = keras.Model(symbols, case.called(layer, shifted, **arguments))
    return model, layer, {number: shift.shift for number, shift in shifts.items()}


IN_TRAINING = [
    case
    for case in CASES
    if (case.call.get("training") or "training" not in signature(case.definition).parameters)
    and case.layer not in WITHOUT_GRADIENT
]
IN_INFERENCE = [case for case in CASES if not case.call]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("case", IN_TRAINING, ids=str)
def test_a_compiled_training_step_takes_the_same_gradients(case):
    inputs = [x.astype("float32") if is_float(x) else x for x in case.draw_inputs()]
    model, layer, shifts = shifted_model(case, inputs)
    model.compile(keras.optimizers.SGD(1.0), lambda y_true, y_pred: ops.sum(y_true * y_pred))
    start, weights = model.get_weights(), case.draw_weights(layer)
    output, state = case.expected(case.draw_inputs(), weights, "float32")
    for _ in range(STEPS):
        model.set_weights(start)
        model.train_on_batch(inputs if len(inputs) > 1 else inputs[0], case.projection(output.shape).astype("float32"))
    assert replays(model)
    assert by_numpy(model) <= NOT_COMPILED.get(case.layer, {}).keys()
    trained = {**shifts, **named(layer.trainable_weights)}
    for name, expected in expected_slopes(case, "float32", draws=STEPS - 1).items():
        before = weights[name].astype("float32") if name in weights else np.float32(0)
        assert_gradient(before - trained[name].numpy(), expected, TRAINED, f"gradient of {name}")
    for name, weight in named(layer.non_trainable_weights).items():
        assert_near(weight, state[name], VALUES["float32"], f"{name} after the step")


@pytest.mark.one_in(2)
@pytest.mark.parametrize("case", IN_INFERENCE, ids=str)
def test_compiled_prediction_gives_the_same_outputs(case):
    inputs = [x.astype("float32") if is_float(x) else x for x in case.draw_inputs()]
    model, layer, _ = shifted_model(case, inputs)
    output, _ = case.expected(case.draw_inputs(), case.draw_weights(layer), "float32")
    for _ in range(STEPS):
        y = model.predict_on_batch(inputs if len(inputs) > 1 else inputs[0])
    assert by_numpy(model) <= NOT_COMPILED.get(case.layer, {}).keys()
    assert_near(y, output, VALUES["float32"], "output")


def test_every_layer_has_a_definition():
    classes = {thing for thing in vars(layers).values() if isclass(thing) and issubclass(thing, layers.Layer)}
    defined = {getattr(layers, case.layer) for case in CASES}
    missing = {cls.__name__ for cls in classes - defined - WITHOUT_MATHEMATICS}
    assert not missing, f"Add a row with a definition in tests/unit/layers/oracles/ for: {', '.join(sorted(missing))}"


@pytest.mark.parametrize(
    "layer", ["Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"]
)
def test_functions_in_lower_case_are_calls_of_the_layer(layer):
    for case in [case for case in CASES if case.layer == layer]:
        inputs = case.draw_inputs()
        result = getattr(layers, layer.lower())([Tensor(x) for x in inputs], **case.arguments, dtype="float64")
        assert_near(result, case.expected(inputs, {}, "float64")[0], VALUES["float64"], str(case))
