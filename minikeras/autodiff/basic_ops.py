"""The ops behind Python's operators, in one namespace for `operators.py`, which loads before them."""

from minikeras.autodiff.arithmetic import (
    Absolute,
    Add,
    Cast,
    FloorDivide,
    Mod,
    Multiply,
    Negative,
    Power,
    Subtract,
    TrueDivide,
    Where,
)
from minikeras.autodiff.comparison import (
    BitwiseInvert,
    Equal,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    LogicalNot,
    NotEqual,
    bitwise_or_logical,
    logical,
)
from minikeras.autodiff.elementwise import like
from minikeras.autodiff.indexing import GetItem, PutItem, get_item
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.shapes import BroadcastTo, Reshape, Squeeze, Sum, Transpose, stack_nested

Round = None  # `minikeras.ops.rounding`, a layer above, registers it here

__all__ = [
    "Absolute",
    "Add",
    "BitwiseInvert",
    "BroadcastTo",
    "Cast",
    "Equal",
    "FloorDivide",
    "GetItem",
    "Greater",
    "GreaterEqual",
    "Less",
    "LessEqual",
    "LogicalNot",
    "Matmul",
    "Mod",
    "Multiply",
    "Negative",
    "NotEqual",
    "Power",
    "PutItem",
    "Reshape",
    "Squeeze",
    "Subtract",
    "Sum",
    "Transpose",
    "TrueDivide",
    "Where",
    "bitwise_or_logical",
    "get_item",
    "like",
    "logical",
    "stack_nested",
]
