"""Initializers: the initial values of weights. Start reading at `variance_scaling.py`."""

__replay__ = "computes"

from minikeras.autodiff.variable import Variable
from minikeras.base.missing_names import explain_missing_names
from minikeras.initializers.constant_initializers import STFT, Constant, Identity, Ones, Zeros
from minikeras.initializers.distributions import RandomNormal, RandomUniform, TruncatedNormal
from minikeras.initializers.identifiers import deserialize, get, register_exports, serialize
from minikeras.initializers.initializer import Initializer
from minikeras.initializers.orthogonal import Orthogonal
from minikeras.initializers.variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

Variable.initializer_named = staticmethod(get)

# Keras's aliases.
constant, ones, zeros, identity, stft = Constant, Ones, Zeros, Identity, STFT
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
glorot_normal, he_normal, lecun_normal = GlorotNormal, HeNormal, LecunNormal
glorot_uniform, he_uniform, lecun_uniform = GlorotUniform, HeUniform, LecunUniform
variance_scaling, orthogonal = VarianceScaling, Orthogonal
IdentityInitializer, OrthogonalInitializer, STFTInitializer = Identity, Orthogonal, STFT

__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

__getattr__ = explain_missing_names(__name__, __all__)

register_exports({name: globals()[name] for name in __all__})
