"""Systems of linear equations, factors of matrices."""

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.tensorflow.registry import converts
from minikeras.ops import linear_systems
from minikeras.ops.factorizations import Cholesky, CholeskyOrNan, Qr


@converts(linear_systems.Solve)
def solve(graph, step, a, b, operator="MatrixSolve", **settings):
    """A stack of vectors is treated as a stack of matrices with one column."""
    dtype = step.outputs[0].dtype
    right = graph.read(b, dtype)
    y = graph.add(
        operator, graph.read(a, dtype), graph.unsqueeze(right, [b.rank]) if b.rank < a.rank else right, **settings
    )
    return graph.squeeze(y, [-1]) if b.rank < a.rank else y


@converts(linear_systems.SolveTriangular)
def solve_triangular(graph, step, a, b):
    return solve(graph, step, a, b, "MatrixTriangularSolve", lower=bool(step.op.lower))


@converts(Cholesky)
def cholesky(graph, step, x):
    y = graph.add("Cholesky", graph.read(x, step.outputs[0].dtype))
    return graph.transpose(y, [*range(x.rank - 2), x.rank - 1, x.rank - 2]) if step.op.upper else y


@converts(CholeskyOrNan)
def cholesky_or_nan(graph, step, x):
    raise Inexpressible("gives NaN where TensorFlow's operation is an error")


@converts(Qr)
def qr(graph, step, x):
    return graph.add("Qr", graph.read(x, step.outputs[0].dtype), full_matrices=step.op.mode == "complete")
