"""Fourier transforms over an axis of known length, as products with the (linear) transforms of unit vectors."""

import numpy as np

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.onnx.registry import converts
from minikeras.ops.fourier import FFT, IFFT, IRFFT, RFFT


def unit_vectors(x):
    """They are the rows of a matrix in x's dtype, float32 for integers."""
    length = x.shape[-1]
    if isinstance(length, Unknown):
        raise Inexpressible("transforms an axis of unknown length")
    return np.eye(length, dtype=x.dtype if x.dtype.kind == "f" else np.float32)


@converts(RFFT)
def rfft(graph, step, x):
    units = unit_vectors(x)
    name = graph.read(x, units.dtype)
    return [graph.add("MatMul", name, graph.constant(matrix)) for matrix in step.op.forward(units)]


@converts(FFT, IFFT, IRFFT)
def of_pair(graph, step, real, imaginary):
    """Each output is a sum of a product with the real part and one with the imaginary part."""
    units = unit_vectors(real)
    zeros = np.zeros_like(units)
    of_real, of_imaginary = step.op.forward(units, zeros), step.op.forward(zeros, units)
    if type(of_real) is not tuple:
        of_real, of_imaginary = (of_real,), (of_imaginary,)
    parts = [graph.read(x, units.dtype) for x in (real, imaginary)]
    return [
        graph.add("Add", *[graph.add("MatMul", x, graph.constant(m)) for x, m in zip(parts, matrices, strict=True)])
        for matrices in zip(of_real, of_imaginary, strict=True)
    ]
