"""Complex numbers: their parts, conjugates and angles."""

import math

import numpy as np

from minikeras.autodiff.arithmetic import Conjugate, Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Stack
from minikeras.ops.core import as_float_tensor, cast, convert_to_tensor
from minikeras.ops.creation import ZerosLike
from minikeras.ops.trigonometric import Arctan2, cos, sin


def conjugate(x):
    """x with the sign of its imaginary part changed, elementwise."""
    return Conjugate()(x)


def conj(x):
    """x with the sign of its imaginary part changed, elementwise."""
    return Conjugate()(x)


class Real(Elementwise):
    """y = the real part;   dx = dy, real."""

    keeps = ()

    def forward(self, x):
        return np.real(x)

    def backward(self, call, dy):
        return (dy,)


def real(x):
    """The real part, elementwise."""
    return Real()(x)


class Imag(Elementwise):
    """y = the imaginary part;   dx = dy · i."""

    keeps = ()

    def forward(self, x):
        return np.imag(x)

    def backward(self, call, dy):
        return (dy * 1j,)


def imag(x):
    """The imaginary part, elementwise; 0 for real numbers."""
    x = convert_to_tensor(x)
    # the gradient of a constant 0 is None, as in TensorFlow
    return Imag()(x) if "complex" in x.dtype or isinstance(x, KerasTensor) else ZerosLike()(x)


@composed
def angle(x):
    """The angle of a complex number with the real axis, in (−π, π], as float32; 0 or π for real numbers."""
    x = convert_to_tensor(x)
    if "complex" in x.dtype:
        return cast(argument(x), "float32")  # also of complex128, as in Keras
    x = as_float_tensor(x)
    return Where()(x < 0, math.pi, ZerosLike()(x))


def argument(z):
    """The angle of complex numbers in the dtype of their parts."""
    return Arctan2()(Imag()(z), Real()(z))


class ViewAsComplex(Op):
    """y = x[…, 0] + i · x[…, 1];   dx = the parts of dy."""

    keeps = ()
    holomorphic = False

    def forward(self, x):
        if x.ndim == 0 or x.shape[-1] != 2:
            raise ValueError(
                f"Last dimension of input must be of size 2 (real and imaginary). Received: x.shape={x.shape}"
            )
        dtype = np.complex128 if x.dtype == np.float64 else np.complex64
        return (x[..., 0] + 1j * x[..., 1]).astype(dtype)

    def backward(self, call, dy):
        return (ViewAsReal().of(dy),)

    def output_shape(self, shape):
        if not shape or shape[-1] not in (2, None):
            raise ValueError(
                f"Last dimension of input must be of size 2 (real and imaginary). Received: x.shape={shape}"
            )
        return shape[:-1]

    def output_dtype(self, x):
        return "complex128" if x.dtype == "float64" else "complex64"


def view_as_complex(x):
    """Pairs in the last axis, (…, 2), as complex numbers (…): complex64, also of float64, as in Keras."""
    x = convert_to_tensor(x)
    return ViewAsComplex()(cast(x, "float32") if x.dtype == "float64" else x)


class ViewAsReal(Op):
    """y = the pairs (real part, imaginary part) along a new last axis;   dx = dy[…, 0] + i · dy[…, 1]."""

    keeps = ()

    def forward(self, x):
        return np.stack([np.real(x), np.imag(x)], axis=-1)

    def backward(self, call, dy):
        return (ViewAsComplex().of(dy),)

    def output_shape(self, shape):
        return (*shape, 2)

    def output_dtype(self, x):
        return "float64" if x.dtype == "complex128" else "float32"


def view_as_real(x):
    """Complex numbers (…) as pairs of real and imaginary part, (…, 2)."""
    return ViewAsReal()(x)


@composed(inputs=2)
def polar(abs_, angle):
    """The complex numbers with these magnitudes and angles (in radians): abs_ · (cos angle + i · sin angle)."""
    abs_, angle = as_float_tensor(abs_), as_float_tensor(angle)
    if isinstance(abs_, KerasTensor) or isinstance(angle, KerasTensor):  # Keras infers the shape of `abs_`
        return KerasTensor(abs_.shape)
    return ViewAsComplex()(Stack(-1)([abs_ * cos(angle), abs_ * sin(angle)]))
