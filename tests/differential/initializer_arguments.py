"""Generated calls of every initializer: arguments, right or wrong, and shapes and dtypes of the weights."""

import dataclasses
import inspect

import keras

from tests.differential.values import text_of

NAMES = [
    *("Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "LecunNormal", "LecunUniform"),
    *("Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros"),
]
SHAPES = ((3, 4), (4,), (5, 5), (2, 3, 4), (1, 2, 3, 4), (), (0, 3), [3, 2], (None, 3), 3, "x")
DTYPES = ("float32", "float64", "float16", "bfloat16", "int32", None, "wrong")
VALUES = (None, 0, -1, 2, 0.5, 1.5, "x", "fan_in", "fan_avg", "uniform", "untruncated_normal", (1, 2))
BY_ALGORITHM = {"Orthogonal"}
"""The signs of the columns depend on the QR decomposition: shapes and dtypes are compared."""


@dataclasses.dataclass(frozen=True)
class InitializerCase:
    """An initializer as both packages make it, and the weights that it is asked for."""

    name: str
    arguments: dict
    shape: object
    dtype: str | None

    def run(self, package):
        """The config and the weights."""
        initializer = getattr(package.initializers, self.name)(**self.arguments)
        config = {key: value for key, value in initializer.get_config().items() if key != "seed"}
        weights = initializer(self.shape, dtype=self.dtype)
        if self.name in BY_ALGORITHM:
            weights = tuple(weights.shape), package.backend.standardize_dtype(weights.dtype)
        return config, weights

    def __str__(self):
        return f"InitializerCase({self.name!r}, {text_of(self.arguments)}, {self.shape!r}, {self.dtype!r})"


def generated_initializer(chooser, name=None):
    """An `InitializerCase`, of which most have no or one argument of its own."""
    name = name or chooser.pick(*NAMES)
    words = [word for word in inspect.signature(getattr(keras.initializers, name)).parameters if word != "seed"]
    arguments = {"seed": 3} if name not in ("Constant", "Identity", "Ones", "Zeros") else {}
    if words and chooser.chance(60):
        arguments[chooser.pick(*words)] = chooser.pick(*VALUES)
    shape = chooser.pick(*SHAPES) if chooser.chance(30) else chooser.pick(*SHAPES[:5])
    return InitializerCase(name, arguments, shape, chooser.pick(*DTYPES))
