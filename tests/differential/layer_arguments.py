"""Generated constructor calls of every layer: one argument, right or wrong, put into a call that works.

The result of a `LayerCase` is what the constructor, `get_config`, `build` and a symbolic call come to.
"""

import dataclasses
import inspect

import keras

from tests.differential.values import text_of

ROWS, SEQUENCE, IMAGE, VOLUME = (2, 6), (2, 8, 4), (2, 8, 8, 4), (2, 6, 6, 6, 2)
PICTURE, TOKENS, WAVE = (2, 8, 8, 3), ((2, 5), "int32"), (2, 300)
SPATIAL = {1: SEQUENCE, 2: IMAGE, 3: VOLUME}
UNITS = {"units": 4}


def _families():
    for n, x in SPATIAL.items():
        yield from (((f"Conv{n}D", {"filters": 4, "kernel_size": 3}, x)), (f"Cropping{n}D", {}, x))
        yield from ((f"{kind}{n}D", {}, x) for kind in ("UpSampling", "ZeroPadding", "GlobalAveragePooling"))
        yield from ((f"{kind}{n}D", {}, x) for kind in ("GlobalMaxPooling", "MaxPooling"))
        yield f"AveragePooling{n}D", {"pool_size": 2}, x
        yield f"Conv{n}DTranspose", {"filters": 4, "kernel_size": 3}, x
        yield f"SpatialDropout{n}D", {"rate": 0.5}, x
        yield f"Adaptive{'Average' if n < 3 else 'Max'}Pooling{n}D", {"output_size": 2}, x
        yield f"ConvLSTM{n}D", {"filters": 2, "kernel_size": 3}, (2, 3, *x[1:])
        if n < 3:
            yield f"SeparableConv{n}D", {"filters": 4, "kernel_size": 3}, x
            yield f"DepthwiseConv{n}D", {"kernel_size": 3}, x
    for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"):
        yield name, {}, [ROWS, ROWS]
    for name in ("LSTM", "GRU", "SimpleRNN"):
        yield name, UNITS, SEQUENCE
    for name in ("BatchNormalization", "LayerNormalization", "UnitNormalization", "RMSNormalization", "Flatten"):
        yield name, {}, SEQUENCE
    for name in ("ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax", "Identity", "Masking", "ActivityRegularization"):
        yield name, {}, SEQUENCE
    for name in ("Dropout", "GaussianDropout", "AlphaDropout"):
        yield name, {"rate": 0.5}, SEQUENCE
    for name in ("RandomFlip", "AutoContrast", "Equalization", "RandomElasticTransform", "RandomPerspective"):
        yield name, {}, PICTURE
    for name in ("MixUp", "CutMix", "RandAugment", "AugMix", "RandomErasing", "RandomGaussianBlur", "RandomGrayscale"):
        yield name, {}, PICTURE
    for name in ("RandomBrightness", "RandomContrast", "RandomHue", "RandomSaturation", "RandomSharpness"):
        yield name, {"factor": 0.2, **({"value_range": (0, 255)} if name != "RandomContrast" else {})}, PICTURE
    for name in ("RandomRotation", "RandomColorDegeneration", "RandomPosterization", "RandomInvert"):
        yield name, {"factor": 1 if name == "RandomPosterization" else 0.2}, PICTURE
    for name in ("CenterCrop", "Resizing", "RandomCrop"):
        yield name, {"height": 4, "width": 5}, PICTURE


BASES = [
    *_families(),
    ("Dense", UNITS, SEQUENCE),
    ("EinsumDense", {"equation": "abc,cd->abd", "output_shape": (None, 5)}, SEQUENCE),
    ("Embedding", {"input_dim": 7, "output_dim": 3}, TOKENS),
    ("ReversibleEmbedding", {"input_dim": 7, "output_dim": 3}, TOKENS),
    ("Activation", {"activation": "relu"}, SEQUENCE),
    ("Reshape", {"target_shape": (4, 8)}, SEQUENCE),
    ("Permute", {"dims": (2, 1)}, SEQUENCE),
    ("RepeatVector", {"n": 3}, ROWS),
    ("GaussianNoise", {"stddev": 0.5}, SEQUENCE),
    ("GroupNormalization", {"groups": 2}, SEQUENCE),
    ("Dot", {"axes": 1}, [ROWS, ROWS]),
    ("Attention", {}, [SEQUENCE, SEQUENCE]),
    ("AdditiveAttention", {}, [SEQUENCE, SEQUENCE]),
    ("Normalization", {"mean": 1.0, "variance": 2.0}, SEQUENCE),
    ("Discretization", {"bin_boundaries": [0.0, 1.0]}, ROWS),
    ("CategoryEncoding", {"num_tokens": 7}, TOKENS),
    ("Hashing", {"num_bins": 5}, TOKENS),
    ("IntegerLookup", {"vocabulary": [1, 2]}, TOKENS),
    ("StringLookup", {"vocabulary": ["a", "b"]}, None),
    ("TextVectorization", {"vocabulary": ["a", "b"]}, None),
    ("HashedCrossing", {"num_bins": 5}, None),
    ("Rescaling", {"scale": 2.0}, SEQUENCE),
    ("RandomColorJitter", {}, PICTURE),
    ("RandomShear", {"x_factor": 0.2}, PICTURE),
    ("RandomZoom", {"height_factor": 0.2}, PICTURE),
    ("RandomTranslation", {"height_factor": 0.2, "width_factor": 0.1}, PICTURE),
    ("Solarization", {}, PICTURE),
    ("MaxNumBoundingBoxes", {"max_number": 3}, None),
    ("STFTSpectrogram", {"frame_length": 64, "frame_step": 32}, (2, 300, 1)),
    ("MelSpectrogram", {"fft_length": 64}, WAVE),
    ("LSTMCell", UNITS, None),
    ("GRUCell", UNITS, None),
    ("SimpleRNNCell", UNITS, None),
    ("InputLayer", {"shape": (3,)}, None),
]
"""(class, arguments of a call that works, shape of the input, or with its dtype, or None: it is not called)"""

VALUES = (
    *(None, 0, 1, -1, 2, 3, 7, 0.5, 1.5, -0.5, "wrong", "same", "valid", "causal", "relu", "l2", "zeros", "he_normal"),
    *("non_neg", "channels_first", "channels_last", "float16", "int32", "mixed_float16", (1, 2), (2,), (1, 2, 3), ()),
    *([1, 2], [2], (0.1, 0.3), (0.5, 0.2), (-0.1, 0.1), ((1, 1), (2, 0)), {}, "int", "multi_hot", "count", "one_hot"),
    *("bilinear", "nearest", "reflect", "constant"),
)
"""What an argument may be replaced by; most arguments take few of them."""

NOT_CHANGED = {"name", "kwargs", "args", "self"}


@dataclasses.dataclass(frozen=True)
class LayerCase:
    """One layer as both packages make it."""

    layer: str
    arguments: dict
    shape: object

    def run(self, package):
        """What the layer's config, output and weights are."""
        layer = getattr(package.layers, self.layer)(name="layer", **self.arguments)
        found = {"config": _comparable(layer.get_config())}
        if self.shape is not None:
            found["output"] = layer(symbols(package, self.shape))
        found["weights"] = [(w.path, tuple(w.shape), _name(w.dtype), w.trainable) for w in layer.weights]
        found["policy"] = layer.dtype_policy.name, layer.compute_dtype, layer.supports_masking, layer.trainable
        return found

    def __str__(self):
        return f"LayerCase({self.layer!r}, {text_of(self.arguments)}, {self.shape})"


def symbols(package, shape):
    """Symbolic inputs with an unknown batch length."""
    if isinstance(shape, list):
        return [symbols(package, one) for one in shape]
    shape, dtype = shape if isinstance(shape[1], str) else (shape, "float32")
    return package.KerasTensor((None, *shape[1:]), dtype=dtype)


def generated_layer(chooser, name=None):
    """A `LayerCase` of which one or two arguments are replaced."""
    bases = [base for base in BASES if name in (None, base[0])]
    layer, arguments, shape = chooser.pick(*bases)
    words = [word for word in parameters(layer) if word not in NOT_CHANGED]
    changed = {chooser.pick(*words): chooser.pick(*VALUES) for _ in range(chooser.integer(1, 2))}
    if shape is not None and chooser.chance(10):
        shape = chooser.pick(ROWS, SEQUENCE, IMAGE, VOLUME, TOKENS)
    return LayerCase(layer, {**arguments, **changed}, shape)


def parameters(layer):
    """The names of a constructor's arguments, those of `Layer` too."""
    own = inspect.signature(getattr(keras.layers, layer).__init__).parameters
    return [*own, *(word for word in ("dtype", "trainable", "activity_regularizer") if word not in own)]


ELSEWHERE = {
    "ELU": {"activity_regularizer"},  # in the config of some classes if it is passed, even as None
    "Identity": {"activity_regularizer", "dtype"},
    "EinsumDense": {"gptq_unpacked_column_size", "lora_rank"},
    "Dense": {"lora_rank"},
    "Embedding": {"lora_rank", "mask_zero"},
    "ReversibleEmbedding": {"lora_rank", "mask_zero"},
    "Equalization": {"*"},  # integers become floats; Keras infers integers
    "RandomGrayscale": {"*"},
    "HashedCrossing": {"trainable", "output_mode", "activity_regularizer"},
    "Hashing": {"output_mode", "salt", "dtype"},
    "InputLayer": {"trainable", "activity_regularizer"},
    "IntegerLookup": {"mask_token", "oov_token", "sparse"},
    "Discretization": {"sparse"},
    "AlphaDropout": {"noise_shape"},
    "PReLU": {"shared_axes"},
    "RandomShear": {"x_factor", "y_factor"},  # a pair (−f, f) is what configs hold
    "MelSpectrogram": {"*"},  # checks its arguments, and counts the frames of other strides
    "STFTSpectrogram": {"*"},
}
"""{class: its arguments that come to something else on purpose, or where Keras takes what has no meaning}"""


def is_known(case, ours, theirs):
    """Whether a case is not compared. An argument without a meaning that Keras takes may be an error here."""
    if ELSEWHERE.get(case.layer, set()) & {*case.arguments, "*"}:
        return True
    return theirs.error is None and isinstance(ours.error, (ValueError, TypeError, AttributeError))


def _comparable(config):
    """The config with plain lists and floats, in a fixed order, without seeds, which each package draws by itself."""
    if isinstance(config, dict):
        kept = sorted(((str(key), value) for key, value in config.items() if key != "seed"), key=lambda item: item[0])
        return {key: _comparable(value) for key, value in kept}
    if isinstance(config, (list, tuple)):  # a tracked list is a list, too
        return [_comparable(value) for value in config]
    return float(config) + 0.0 if isinstance(config, (int, float)) else config  # 1 and 1.0, −0.0 and 0


def _name(dtype):
    return getattr(dtype, "name", str(dtype))
