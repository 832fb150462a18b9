"""Matrix products."""

from minikeras.autodiff.matrix_product import Matmul
from minikeras.exporting.conversions.elementwise import in_wide_dtype
from minikeras.exporting.onnx.registry import converts


@converts(Matmul)
def matmul(graph, step, x1, x2):
    return graph.cast(graph.add("MatMul", *in_wide_dtype(graph, x1, x2)), step.outputs[0].dtype)
