"""Fourier transforms over the last axis. Complex tensors are pairs (real part, imaginary part) in Keras."""

import numpy as np

from minikeras.exporting.tensorflow.registry import converts
from minikeras.formats.saved_model.attributes import Kind, kind_of
from minikeras.ops.fourier import FFT, IFFT, IRFFT, RFFT

COMPLEX = {"float32": Kind("complex64"), "float64": Kind("complex128")}
OPERATORS = {FFT: "FFT", IFFT: "IFFT"}


def joined(graph, real, imaginary, kind):
    """A complex tensor from two real ones."""
    return graph.add("Complex", real, imaginary, Tout=COMPLEX[kind])


def parts(graph, z, step):
    """The real and the imaginary part, in the dtypes of the op's outputs."""
    kind = next(real for real, complex_kind in COMPLEX.items() if complex_kind == graph.kinds[z])
    dtypes = [y.dtype for y in step.outputs]
    return [
        graph.cast(graph.add(operator, z, Tout=Kind(kind)), dtype)
        for operator, dtype in zip(("Real", "Imag"), dtypes, strict=True)
    ]


def wide(x):
    """The dtype in which x is transformed: float64 stays."""
    return np.dtype(np.float64 if x.dtype == np.float64 else np.float32)


def last_length(graph, name, rank):
    """The length of the last axis, in the form that the transforms take."""
    return graph.cast(graph.length_of(name, rank - 1), np.dtype(np.int32))


@converts(RFFT)
def rfft(graph, step, x):
    name = graph.read(x, wide(x))
    kind = COMPLEX[graph.kinds[name]]
    return parts(graph, graph.add("RFFT", name, last_length(graph, name, x.rank), Tcomplex=kind), step)


@converts(FFT, IFFT)
def fft(graph, step, real, imaginary):
    kind = kind_of(wide(real))
    z = joined(graph, *[graph.read(x, wide(real)) for x in (real, imaginary)], kind)
    return parts(graph, graph.add(OPERATORS[type(step.op)], z), step)


@converts(IRFFT)
def irfft(graph, step, real, imaginary):
    kind = kind_of(wide(real))
    z = joined(graph, *[graph.read(x, wide(real)) for x in (real, imaginary)], kind)
    length = graph.cast(graph.length(step.outputs[0].shape[-1]), np.dtype(np.int32))
    return graph.cast(graph.add("IRFFT", z, length, Treal=kind), step.outputs[0].dtype)
