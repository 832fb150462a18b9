"""Circulant matrices, of one, two or three levels: products with them are convolutions, so the Fourier transform F of
the operands multiplies by the eigenvalues, the *spectrum*:

    A x = F⁻¹ (spectrum · F x)
"""

import math

from minikeras.ops.arithmetic import absolute
from minikeras.ops.complex_fourier import ComplexFourier
from minikeras.ops.complex_numbers import conj, real
from minikeras.ops.conversion import data_tensor
from minikeras.ops.core import cast
from minikeras.ops.creation import eye
from minikeras.ops.exponential import log
from minikeras.ops.linear_operators.operator import LinearOperator, takes_hints
from minikeras.ops.reduction import max as max_of
from minikeras.ops.reduction import min as min_of
from minikeras.ops.reduction import prod
from minikeras.ops.reduction import sum as sum_of
from minikeras.ops.shaping import broadcast_to, expand_dims, reshape, swapaxes


class _Circulant(LinearOperator):
    """A circulant matrix by its spectrum (…, *block_shape), real or complex.

    Args:
        input_output_dtype: of the matrix and its operands; a real one drops imaginary parts.

    Raises:
        ValueError: the spectrum has too few axes; it is real, and the matrix said not to be self-adjoint.
    """

    block_depth = None

    @takes_hints
    def __init__(self, spectrum, input_output_dtype="complex64", **hints):
        self.spectrum = data_tensor(spectrum)
        depth, shape = self.block_depth, tuple(self.spectrum.shape)
        if len(shape) < depth:
            raise ValueError(f"`spectrum` must have at least {depth} axes. Received: shape {shape}")
        if "complex" not in self.spectrum.dtype:
            if hints.get("is_self_adjoint") is False:
                raise ValueError("A real spectrum is that of a self-adjoint operator. Received: is_self_adjoint=False")
            hints["is_self_adjoint"] = True
        if hints.get("is_square") is False:
            raise ValueError("A circulant operator is square. Received: is_square=False")
        self.block_shape = shape[len(shape) - depth :]
        n = math.prod(self.block_shape)
        super().__init__((*shape[: len(shape) - depth], n, n), str.__str__(input_output_dtype), **hints)
        self._hints = hints

    @property
    def _axes(self):
        return tuple(range(-self.block_depth, 0))

    def _complex_spectrum(self):
        return _as_complex(self.spectrum)

    def convolution_kernel(self):
        """The first column of the matrix, (…, *block_shape), with which operands are convolved."""
        return self._cast(ComplexFourier(self._axes, inverse=True)(self._complex_spectrum()))

    def to_dense(self):
        return self.times(eye(self.matrix_shape[-1], dtype=self.dtype))

    def _multiplied(self, x, spectrum):
        """F⁻¹ (spectrum · F x) for the columns of x (…, n, k)."""
        x = cast(x, spectrum.dtype)
        batch, columns = tuple(x.shape[:-2]), x.shape[-1]
        blocks = reshape(swapaxes(x, -1, -2), (*batch, columns, *self.block_shape))
        spectrum = expand_dims(spectrum, len(spectrum.shape) - self.block_depth)
        product = ComplexFourier(self._axes, inverse=True)(spectrum * ComplexFourier(self._axes)(blocks))
        batch = tuple(product.shape[: len(product.shape) - self.block_depth])
        return self._cast(swapaxes(reshape(product, (*batch, self.matrix_shape[-1])), -1, -2))

    def _cast(self, z):
        return cast(z if "complex" in self.dtype else real(z), self.dtype)

    def times(self, x):
        return self._multiplied(x, self._complex_spectrum())

    def times_adjoint(self, x):
        return self._multiplied(x, conj(self._complex_spectrum()))

    def solution(self, rhs):
        return self._multiplied(rhs, 1 / self._complex_spectrum())

    def solution_adjoint(self, rhs):
        return self._multiplied(rhs, 1 / conj(self._complex_spectrum()))

    def _flat_spectrum(self):
        return reshape(self.spectrum, (*self.matrix_shape[:-2], -1))

    def eigvals(self):
        return self._flat_spectrum()

    def cond(self):
        values = absolute(self._flat_spectrum())
        return max_of(values, -1) / min_of(values, -1)

    def determinant(self):
        return self._cast(prod(_as_complex(self._flat_spectrum()), -1))

    def log_abs_determinant(self):
        return cast(sum_of(log(absolute(self._flat_spectrum())), -1), self.dtype)

    def trace(self):
        return self._cast(sum_of(_as_complex(self._flat_spectrum()), -1))

    def diag_part(self):
        n = self.matrix_shape[-1]
        return broadcast_to(expand_dims(self.trace() / n, -1), self.matrix_shape[:-1])

    def adjoint(self):
        spectrum = conj(self.spectrum) if "complex" in self.spectrum.dtype else self.spectrum
        return type(self)(spectrum, self.dtype, **self._hints)

    def inverse(self):
        return type(self)(1 / self.spectrum, self.dtype, **self._hints)


def _as_complex(x):
    return x if "complex" in x.dtype else cast(x, "complex128" if x.dtype == "float64" else "complex64")


class LinearOperatorCirculant(_Circulant):
    """A[i, j] = kernel[(i − j) mod n], by the spectrum (…, n), the Fourier transform of the kernel."""

    block_depth = 1


class LinearOperatorCirculant2D(_Circulant):
    """A circulant matrix of n₁² blocks, each a circulant matrix of n₂² elements: `spectrum` (…, n₁, n₂)."""

    block_depth = 2


class LinearOperatorCirculant3D(_Circulant):
    """A circulant matrix of blocks that are `LinearOperatorCirculant2D`: `spectrum` (…, n₁, n₂, n₃)."""

    block_depth = 3
