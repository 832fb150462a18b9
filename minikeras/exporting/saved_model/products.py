"""Matrix products and contractions."""

import string

from minikeras.autodiff.matrix_product import Matmul
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.saved_model.elementwise import in_common_dtype
from minikeras.exporting.saved_model.registry import converts
from minikeras.ops.einsum import Contraction


@converts(Matmul)
def matmul(graph, step, x1, x2):
    """Vectors become matrices of one row or column."""
    dtype, axes = step.outputs[0].dtype, []
    first, second = (graph.read(x, dtype) for x in (x1, x2))
    if x1.rank == 1:
        first = graph.unsqueeze(first, [0])
        axes.append(-2)
    if x2.rank == 1:
        second = graph.unsqueeze(second, [1])
        axes.append(-1)
    y = graph.add("MatMul" if x1.rank <= 2 and x2.rank <= 2 else "BatchMatMulV2", first, second)
    return graph.squeeze(y, axes) if axes else y


@converts(Contraction)
def contraction(graph, step, *values):
    """`Einsum`, each label as a letter."""
    inputs, output = step.op.labels([x.shape for x in values])
    labels = list(dict.fromkeys(label for labels in (*inputs, output) for label in labels))
    if len(labels) > len(string.ascii_letters):
        raise Inexpressible("has more axes than there are letters")
    letters = dict(zip(labels, string.ascii_letters, strict=False))
    terms = ["".join(letters[label] for label in labels) for labels in (*inputs, output)]
    names, rest = in_common_dtype(graph, *values), terms[1:-1]
    y, term = names[0], terms[0]
    if len(names) == 1:
        y = graph.add("Einsum", [y], equation=f"{term}->{terms[-1]}")
    for i, (name, other) in enumerate(zip(names[1:], rest, strict=True)):  # the operation takes two at most
        later = {*terms[-1], *"".join(rest[i + 1 :])}
        kept = terms[-1] if i == len(rest) - 1 else "".join(dict.fromkeys(c for c in term + other if c in later))
        y, term = graph.add("Einsum", [y, name], equation=f"{term},{other}->{kept}"), kept
    return graph.cast(y, step.outputs[0].dtype)
