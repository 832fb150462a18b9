"""Matrix products and contractions."""

import string

from minikeras.autodiff.matrix_product import Matmul
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.onnx.arithmetic import in_common_dtype
from minikeras.exporting.onnx.registry import converts
from minikeras.ops.einsum import Contraction


@converts(Matmul)
def matmul(graph, step, x1, x2):
    names, dtype = in_common_dtype(graph, (x1, x2))
    y = graph.add("MatMul", *names)
    return (
        y
        if dtype == step.outputs[0].dtype.name and dtype not in ("int8", "uint8")
        else graph.cast(y, step.outputs[0].dtype)
    )


@converts(Contraction)
def contraction(graph, step, *values):
    """`Einsum`, each label as a letter. ONNX Runtime makes matrix products of it."""
    inputs, output = step.op.labels([x.shape for x in values])
    labels = list(dict.fromkeys(label for labels in (*inputs, output) for label in labels))
    if len(labels) > len(string.ascii_letters):
        raise Inexpressible("has more axes than there are letters")
    letters = dict(zip(labels, string.ascii_letters, strict=False))
    terms = ["".join(letters[label] for label in labels) for labels in (*inputs, output)]
    names, dtype = in_common_dtype(graph, values)
    y = graph.add("Einsum", *names, equation=f"{','.join(terms[:-1])}->{terms[-1]}")
    return y if dtype == step.outputs[0].dtype.name else graph.cast(y, step.outputs[0].dtype)
