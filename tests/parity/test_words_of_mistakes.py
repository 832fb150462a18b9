"""Mistakes in making and calling layers, initializers and policies: the error's type and the words that tell what is
wrong are tf.keras's, so that a program or a test that looks for them finds them."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras

import keras  # isort: skip

X = np.ones((2, 4, 3), "float32")
IMAGES = np.ones((2, 4, 4, 3), "float32")


def built_dense(k):
    layer = k.layers.Dense(3)
    layer.build((None, 4))
    return layer


MISTAKES = {
    "units": (lambda k: k.layers.Dense(0), "invalid value for `units`"),
    "units of a recurrent layer": (lambda k: k.layers.LSTM(0), "invalid value for argument `units`"),
    "activation": (lambda k: k.layers.Dense(3, activation="foo"), "Could not interpret activation function"),
    "activation by number": (lambda k: k.activations.get(3), "Could not interpret activation function"),
    "no tensor": (lambda k: built_dense(k)([[1.0, 2.0]]), "Only input tensors"),
    "None": (lambda k: built_dense(k)(None), "nputs to a layer should be tensors"),
    "unknown length": (lambda k: k.layers.LayerNormalization().build((2, None)), "fully-defined"),
    "added after build": (lambda k: built_dense(k).add_weight(shape=()), "already built"),
    "kernel before build": (lambda k: k.layers.Dense(3).kernel, "before accessing `kernel`"),
    "number of weights": (lambda k: built_dense(k).set_weights([]), "weight list of length"),
    "shape of a weight": (lambda k: built_dense(k).set_weights([X, X]), "is not compatible with"),
    "count before build": (lambda k: k.layers.Dense(3).count_params(), "You tried to call `count_params`"),
    "lora before build": (lambda k: k.layers.Dense(3).enable_lora(2), "Cannot enable lora"),
    "shape of an Input": (lambda k: k.Input(2), "Cannot convert"),
    "shape of an InputSpec": (lambda k: k.layers.InputSpec(shape=3), "Cannot convert"),
    "axis of an InputSpec": (lambda k: k.layers.InputSpec(ndim=2, axes={3: 2}), "greater than the maximum"),
    "slash": (lambda k: k.layers.Layer().add_weight(shape=(2,), name="a/b"), "must be a string and cannot contain"),
    "aggregation": (lambda k: k.layers.Layer().add_weight(shape=(2,), aggregation="foo"), "Expected one of"),
    "loss": (lambda k: k.layers.Layer().add_loss(1.0), "can only be called"),
    "stateless": (lambda k: k.layers.Dense(2).stateless_call([], []), "must be built"),
    "metric": (lambda k: k.layers.Layer().add_metric(1), "deprecated"),
    "config of another": (lambda k: k.layers.deserialize("Dense"), r"not a `keras\.layers\.Layer`"),
    "config": (lambda k: k.layers.Dense.from_config({"name": "z"}), "Error when deserializing"),
    "kernel size": (lambda k: k.layers.Conv2D(2, -1), "argument must be a tuple of 2"),
    "kernel rank": (lambda k: k.layers.Conv2D(2, 2).compute_output_shape((4, 4, 3)), "same length"),
    "groups": (lambda k: k.layers.Conv2D(3, 2, groups=2), "evenly divisible"),
    "no groups": (lambda k: k.layers.Conv2D(3, 2, groups=0), "number of groups"),
    "strides": (lambda k: k.layers.Conv2D(2, 2, strides=2, dilation_rate=2), "not supported in conjunction"),
    "multiplier": (lambda k: k.layers.DepthwiseConv2D(2, depth_multiplier=0), "Expected a strictly positive"),
    "output padding": (lambda k: k.layers.Conv1DTranspose(1, 3, output_padding=3), "strictly less than `strides`"),
    "pool size": (lambda k: k.layers.MaxPooling2D(0), "argument must be a tuple of 2"),
    "pads": (lambda k: k.layers.ZeroPadding3D((1, 2)), "3 elements"),
    "crops": (lambda k: k.layers.Cropping2D(2)(IMAGES), "should be smaller than the corresponding"),
    "reshape": (lambda k: k.layers.Reshape((5,))(X), "must be unchanged"),
    "permutation": (lambda k: k.layers.Permute((1, 3)), "Invalid permutation argument"),
    "noise shape": (lambda k: k.layers.Dropout(0.5, noise_shape=5), "Expected an iterable"),
    "cell": (lambda k: k.layers.RNN(3), "`call` method"),
    "state size": (lambda k: k.layers.RNN(k.layers.Dense(2)), "`state_size` attribute"),
    "batch size": (lambda k: k.layers.LSTM(3, stateful=True)(k.Input((4, 3))), "batch size.*must be static"),
    "merge mode": (lambda k: k.layers.Bidirectional(k.layers.LSTM(2), merge_mode="foo"), "Merge mode should be one of"),
    "directions": (
        lambda k: k.layers.Bidirectional(k.layers.LSTM(2), backward_layer=k.layers.LSTM(2)),
        "Forward layer and backward layer should have different",
    ),
    "steps": (lambda k: k.layers.TimeDistributed(k.layers.Dense(2))(np.ones(3)), "at least 3 dimensions"),
    "attention": (lambda k: k.layers.Attention()(X), "must be called on a list of inputs"),
    "score mode": (lambda k: k.layers.Attention(score_mode="foo"), "Expected one of"),
    "merging one": (lambda k: k.layers.Add()(X), "should be called on a list of inputs"),
    "axes of Dot": (lambda k: k.layers.Dot(axes="a"), "Invalid type for argument `axes`"),
    "three axes of Dot": (lambda k: k.layers.Dot(axes=(1, 2, 3)), "should contain two elements"),
    "axis": (lambda k: k.layers.LayerNormalization(axis=1.5), "Expected an int or a list/tuple"),
    "channels": (lambda k: k.layers.GroupNormalization(groups=2)(X), "must be a multiple of the number of"),
    "assigned": (lambda k: k.Variable(np.ones(3)).assign(np.ones(2)), "must match"),
    "standardize": (lambda k: k.layers.TextVectorization(standardize="foo"), "Unknown value for `standardize`"),
    "ngrams": (lambda k: k.layers.TextVectorization(ngrams="a"), "must be None, an integer, or a tuple"),
    "vocabulary": (lambda k: k.layers.StringLookup(vocabulary=[]), "Cannot set an empty vocabulary"),
    "static vocabulary": (
        lambda k: k.layers.StringLookup(vocabulary=["a"]).adapt(np.array(["b"])),
        "after setting a static vocabulary",
    ),
    "too many tokens": (
        lambda k: k.layers.StringLookup(vocabulary=["a", "b"], max_tokens=2),
        "larger than the maximum",
    ),
    "bins": (lambda k: k.layers.Discretization(), "You need to set either"),
    "both bins": (lambda k: k.layers.Discretization([1.0], num_bins=3), "should not be set"),
    "mode of a Hashing": (lambda k: k.layers.Hashing(3, output_mode="foo"), "Invalid value for argument `output_mode`"),
    "fill mode": (lambda k: k.layers.RandomRotation(0.1, fill_mode="foo"), "Unknown `fill_mode`"),
    "factor": (lambda k: k.layers.RandomRotation("a"), "should be a number.*in the range"),
    "probability": (lambda k: k.layers.RandomGrayscale(2.0), "should be between 0 and 1"),
    "matrix": (lambda k: k.initializers.Identity()((2, 3, 4)), "can only be used for 2D matrices"),
    "orthogonal": (lambda k: k.initializers.Orthogonal()((3,)), "must be at least two-dimensional"),
    "seed": (lambda k: k.initializers.RandomNormal(seed="a"), "should be an"),
    "policy": (lambda k: k.DTypePolicy("foo"), "to a mixed precision DTypePolicy"),
    "packed": (lambda k: k.quantizers.pack_int4(np.ones((2, 2), "int32")), "Expected int8 tensor for packing"),
    "boolean": (lambda k: bool(k.Input((2,))), "symbolic KerasTensor cannot be used"),
    "iteration": (lambda k: list(k.Input((2,))), "Iterating over a symbolic KerasTensor"),
    "number": (lambda k: float(k.Input((2,))), "A KerasTensor is symbolic.*doesn't have any actual numerical value"),
    "rematerialization": (lambda k: k.RematScope(mode="foo"), "Invalid mode 'foo'"),
    "no mode": (lambda k: built_dense(k).quantize(None), "You must provide either `mode`"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_words(name):
    make, words = MISTAKES[name]
    kinds = (ValueError, TypeError, AttributeError, RuntimeError, NotImplementedError)
    with pytest.raises(kinds, match=words) as theirs:
        make(keras)
    with pytest.raises(theirs.type, match=words):
        make(minikeras)


class Composite:
    """A layer of either library with a layer inside and no `build`."""

    @staticmethod
    def of(k):
        class Outer(k.layers.Layer):
            def __init__(self):
                super().__init__()
                self.inner = k.layers.Dense(2)

            def call(self, x):
                return self.inner(x)

        return Outer()


WARNINGS = {
    "alpha": (lambda k: k.layers.LeakyReLU(alpha=0.2), "`alpha`.*deprecated"),
    "rms_scaling": (lambda k: k.layers.LayerNormalization(rms_scaling=True), "deprecated"),
    "unbuilt layers": (lambda k: Composite.of(k).build((None, 3)), r"does not have a `build\(\)` method"),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_words_of_warnings(name):
    make, words = WARNINGS[name]
    for k in (keras, minikeras):
        with pytest.warns(UserWarning, match=words):
            make(k)
