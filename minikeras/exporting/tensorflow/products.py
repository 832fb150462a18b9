"""Matrix products."""

from minikeras.autodiff.matrix_product import Matmul
from minikeras.exporting.tensorflow.registry import converts


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
