"""python -m tests.parity.application_layers [NAME]    # each layer of a network alone (default: EfficientNetV2L)

With random weights the logits of a very deep network say nothing: it magnifies roundings until nothing else is left. A
wrong layer would still be wrong by itself. So each layer here gets what goes into Keras's, and its output is compared
with that of Keras's.
"""

import sys

import numpy as np

import minikeras
from tests.parity.application_rows import deviation, images, made, randomize

import keras  # isort: skip

DTYPES = ("float64", "float32")


def layer_deviations(name, dtype):
    """{layer: the deviation of its output from that of Keras's layer, from the same inputs, in inference}."""
    before = [side.config.floatx() for side in (keras, minikeras)]
    for side in (keras, minikeras):
        side.config.set_floatx(dtype)  # `made` clears the session, and with it a policy
    try:
        theirs, ours = (made(side, name, classifier_activation=None) for side in (keras, minikeras))
        randomize(theirs)
        ours.set_weights(theirs.get_weights())
        return _deviations(theirs, ours, images(name).astype(dtype))
    finally:
        for side, floatx in zip((keras, minikeras), before, strict=True):
            side.config.set_floatx(floatx)


def _deviations(theirs, ours, x):
    layers = [layer for layer in theirs.layers if type(layer).__name__ != "InputLayer"]
    tensors = {id(y): y for layer in layers for y in keras.tree.flatten([layer.input, layer.output])}
    computed = keras.Model(theirs.inputs, list(tensors.values()))([x], training=False)
    values = {place: np.asarray(value) for place, value in zip(tensors, computed, strict=True)}
    return {layer.name: _deviation(layer, ours.get_layer(layer.name), values) for layer in layers}


def _deviation(theirs, ours, values):
    expected = values[id(theirs.output)]
    result = np.asarray(ours(keras.tree.map_structure(lambda y: values[id(y)], theirs.input)))
    assert result.dtype == expected.dtype == keras.config.floatx(), theirs.name
    return deviation(result, expected) if expected.any() else float(np.abs(result).max())


def main(name):
    """Print the largest deviations."""
    for dtype in DTYPES:
        found = layer_deviations(name, dtype)
        worst = sorted(found, key=found.get, reverse=True)[:5]
        print(f"{name}, {dtype}, {len(found)} layers:", ", ".join(f"{layer} {found[layer]:.1e}" for layer in worst))


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["EfficientNetV2L"]))
