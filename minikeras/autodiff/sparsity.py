"""Which ops give a sparse result for sparse inputs, as in Keras 3.15: one table for symbolic tensors and for values.

An op in none of the sets takes no sparse values (`tensors/sparse/op_rules.py`), and its symbolic result is dense.
"""

# f(0) = 0 elementwise: the result is sparse, with elements at the same positions.
KEEPS_POSITIONS = {
    *("Absolute", "Arcsin", "Arcsinh", "Arctan", "Arctanh", "Ceil", "Conjugate", "Copy", "Expm1", "Floor", "Imag"),
    *("Log1p", "Negative", "Real", "Round", "Sign", "Sin", "Sinh", "Sqrt", "Square", "Tan", "Tanh", "ZerosLike"),
}
# The same for values; Keras's symbolic results of these are dense.
KEEPS_POSITIONS_OF_VALUES = KEEPS_POSITIONS | {"Cast", "Erf", "StopGradient"}
# f(0) ≠ 0 elementwise: the result is dense.
MAKES_DENSE = {"Arccos", "Arccosh", "Cos", "Cosh", "Exp", "Exp2", "Isfinite", "Log", "Log10", "Log2", "Reciprocal"}
# Sparse if all tensors are.
MERGES = {"Add", "Concatenate", "Matmul", "Maximum", "Minimum", "Subtract"}
# 0 · y = 0: sparse if any is.
MULTIPLIES = {"Multiply"}
# 0 / y = 0: sparse if only the first is.
DIVIDES = {"Divide", "DivideNoNan", "TrueDivide"}
# Computed from the stored elements alone, even where 0 would become another value.
OF_ELEMENTS = {"Digitize"}
# Other positions, the same values.
MOVES_POSITIONS = {
    "ExpandDims",
    "Mean",
    "OnesLike",
    "Reshape",
    "Squeeze",
    "Sum",
    "Transpose",
}  # Mean, OnesLike: Keras's symbols only

# {name of a function of `ops`: function that makes its result a SparseTensor}; from `tensors/sparse/encoding.py`.
SPARSE_RESULTS = {}


def has_sparse_output(op, inputs):
    """Whether an op's symbolic result for these tensors (and numbers) is sparse."""
    name, sparse = type(op).__name__, [getattr(x, "sparse", False) for x in inputs]
    if getattr(op, "sparse", False) is True:  # `OneHot(…, sparse=True)`
        return True
    if name in KEEPS_POSITIONS | MOVES_POSITIONS | DIVIDES | OF_ELEMENTS:
        return sparse[0] and not any(sparse[1:])
    return all(sparse) if name in MERGES else any(sparse) if name in MULTIPLIES else False
