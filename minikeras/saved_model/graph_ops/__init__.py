"""The operations of TensorFlow's graphs that are run here: `GRAPH_OPS`, a table by their names.

| file | operations |
| --- | --- |
| `registry.py` | the table, and how an operation is put into it |
| `elementwise.py` | of one, two or three tensors, element by element; dtypes |
| `reductions.py` | over axes, running ones, of segments; sorting |
| `shaping.py` | shapes, order of axes, joining, cutting, padding; creation |
| `indexing.py` | slices, gathering, scattering |
| `products.py` | of matrices, `Einsum`; linear algebra |
| `networks.py` | activations, convolution, pooling, normalization |
| `images.py` | resizing, warping, colours |
| `spectra.py` | Fourier transforms |
| `random_numbers.py` | random numbers |
| `control_flow.py` | calls, loops, branches, lists of tensors |
| `resources.py` | variables, tables of keys |
| `texts.py` | strings; features of categories |
"""

from minikeras.saved_model.graph_ops import (
    control_flow,
    elementwise,
    images,
    indexing,
    networks,
    products,
    random_numbers,
    reductions,
    resources,
    shaping,
    spectra,
    texts,
)
from minikeras.saved_model.graph_ops.registry import GRAPH_OPS

__all__ = [
    "GRAPH_OPS",
    "control_flow",
    "elementwise",
    "images",
    "indexing",
    "networks",
    "products",
    "random_numbers",
    "reductions",
    "resources",
    "shaping",
    "spectra",
    "texts",
]
