"""Conversions of ops that all formats support, in files by family. Each registers its functions when it is imported.

A conversion reads its inputs (`graph.read`) and combines the methods of a `GraphBuilder` with ops by their classes:
`graph.op(Multiply, x, y)` adds the node that multiplies in the graph's format. `operators.py` has the operators' names;
a format's `formulas.py` has ops that it writes differently. Ops that only one format can express are converted in its
package.
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
