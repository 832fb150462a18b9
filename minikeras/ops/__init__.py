"""`keras.ops`: mathematics on arrays, Tensors and symbolic tensors, one family per file.

What `keras.ops.linalg`, `.nn` and `.numpy` export is listed in their files, and exported here as well.
"""

__replay__ = "computes"

from minikeras.autodiff.custom_gradient import custom_gradient, stop_gradient
from minikeras.base.missing_names import explain_missing_names
from minikeras.ops import image, linalg, nn, numpy
from minikeras.ops.blocks import slice, slice_update
from minikeras.ops.complex_numbers import view_as_complex, view_as_real
from minikeras.ops.control_flow import associative_scan, cond, fori_loop, map, scan, switch, vectorized_map, while_loop
from minikeras.ops.core import cast, convert_to_numpy, convert_to_tensor, dtype, is_tensor, saturate_cast, shape
from minikeras.ops.exponential import logsumexp
from minikeras.ops.factorizations import logdet
from minikeras.ops.fourier import extract_sequences, fft, fft2, ifft2, irfft, istft, rfft, stft
from minikeras.ops.joining import unstack
from minikeras.ops.linalg import *  # noqa: F403
from minikeras.ops.nn import *  # noqa: F403
from minikeras.ops.numpy import *  # noqa: F403
from minikeras.ops.powers import rsqrt
from minikeras.ops.products import cdist
from minikeras.ops.rearrange import rearrange
from minikeras.ops.scattering import scatter, scatter_update
from minikeras.ops.segments import segment_max, segment_min, segment_prod, segment_sum
from minikeras.ops.sorting import in_top_k, top_k
from minikeras.ops.special import erf, erfc, erfinv

__all__ = [
    "associative_scan",
    "cast",
    "cdist",
    "cond",
    "convert_to_numpy",
    "convert_to_tensor",
    "custom_gradient",
    "dtype",
    "erf",
    "erfc",
    "erfinv",
    "extract_sequences",
    "fft",
    "fft2",
    "fori_loop",
    "ifft2",
    "image",
    "in_top_k",
    "irfft",
    "is_tensor",
    "istft",
    "linalg",
    "logdet",
    "logsumexp",
    "map",
    "nn",
    "numpy",
    "rearrange",
    "rfft",
    "rsqrt",
    "saturate_cast",
    "scan",
    "scatter",
    "scatter_update",
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "shape",
    "slice",
    "slice_update",
    "stft",
    "stop_gradient",
    "switch",
    "top_k",
    "unstack",
    "vectorized_map",
    "view_as_complex",
    "view_as_real",
    "while_loop",
]

__getattr__ = explain_missing_names(__name__, __all__)
__all__ += linalg.__all__
__all__ += nn.__all__
__all__ += numpy.__all__
