"""The supported operations of TensorFlow's graphs: `GRAPH_OPS`, a table by name.

| file | operations |
| --- | --- |
| `registry.py` | the table, and how an operation is registered |
| `elementwise.py` | of one, two or three tensors, element by element; dtypes |
| `reductions.py` | over axes, running ones, of segments; sorting |
| `shaping.py` | shapes, order of axes, joining, cutting, padding; creation |
| `indexing.py` | slices, gathering, scattering |
| `products.py` | of matrices, `Einsum`; linear algebra |
| `networks.py` | activations, convolution, pooling, normalization |
| `images.py` | resizing, warping, colours |
| `spectra.py` | Fourier transforms |
| `random_numbers.py` | random numbers |
| `quantization.py` | fake quantization |
| `gradients.py` | gradients in functions that use a tape |
| `control_flow.py` | calls, loops, branches, lists of tensors |
| `resources.py` | variables, tables of keys |
| `texts.py` | strings; categorical features |
"""

from minikeras.formats.saved_model.graph_ops import (
    control_flow,
    elementwise,
    gradients,
    images,
    indexing,
    networks,
    products,
    quantization,
    random_numbers,
    reductions,
    resources,
    shaping,
    spectra,
    texts,
)
from minikeras.formats.saved_model.graph_ops.registry import GRAPH_OPS

__all__ = [
    "GRAPH_OPS",
    "control_flow",
    "elementwise",
    "gradients",
    "images",
    "indexing",
    "networks",
    "products",
    "quantization",
    "random_numbers",
    "reductions",
    "resources",
    "shaping",
    "spectra",
    "texts",
]
