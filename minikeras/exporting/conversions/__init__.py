"""Conversions of ops that all formats have, in files by family. Each registers its functions when it is imported.

A conversion reads its inputs (`graph.read`) and combines the methods of a `GraphBuilder` with ops by their classes:
`graph.op(Multiply, x, y)` is the node that multiplies in the graph's format. `operators.py` has the names, a format's
own `formulas.py` what it writes in another way. What one format alone can express is converted in its package.
"""

from minikeras.exporting.conversions import (
    elementwise,
    histograms,
    indexing,
    lookups,
    products,
    recurrent,
    reduction,
    resampling,
    shaping,
    softmax,
)

FAMILIES = elementwise, histograms, indexing, lookups, products, recurrent, reduction, resampling, shaping, softmax
