"""`tf.raw_ops`: TensorFlow's kernels under their own names.

A raw op takes keyword arguments only. Where a function of this namespace computes it, that is called, because it is as
strict as TensorFlow. The table says "RawOp module.function argument=function's argument …"; an argument that is called
the same is written once. An optional one ends with a question mark.

All others are operations of graphs (`formats/saved_model/graph_ops/`), which have TensorFlow's names of arguments.
"""

from collections import namedtuple
from inspect import Parameter

from minikeras.compat.tensorflow import gradient_tape, linalg, math, nn, tensors
from minikeras.compat.tensorflow.arrays import borders, creation, gathering, joining, scattering, shaping
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.dtypes import DType
from minikeras.formats.saved_model.graph_ops import GRAPH_OPS
from minikeras.formats.saved_model.graph_ops.registry import CALL

_SPACES = {
    "borders": borders,
    "creation": creation,
    "gathering": gathering,
    "gradient_tape": gradient_tape,
    "joining": joining,
    "linalg": linalg,
    "math": math,
    "nn": nn,
    "scattering": scattering,
    "shaping": shaping,
    "tensors": tensors,
}

_UNARY = {  # raw op of x: the function
    "math": "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Digamma Erf Erfc Exp Expm1 Floor IsFinite:is_finite "
    "IsInf:is_inf IsNan:is_nan Lgamma Log Log1p LogicalNot:logical_not Neg:negative Reciprocal Rint Round Rsqrt "
    "Sigmoid Sign Sin Sinh Sqrt Square Tan Tanh",
}
_BINARY = {  # raw op of x and y
    "math": "Add AddV2:add DivNoNan:divide_no_nan Equal:equal FloorDiv:floordiv FloorMod:floormod Greater "
    "GreaterEqual:greater_equal Less LessEqual:less_equal LogicalAnd:logical_and LogicalOr:logical_or Maximum Minimum "
    "Mul:multiply NotEqual:not_equal Pow RealDiv:divide SquaredDifference:squared_difference Sub:subtract Xdivy Xlogy",
}
_OTHERS = """
Atan2 math.atan2 y x
MatMul linalg.matmul a b transpose_a? transpose_b?
BatchMatMulV2 linalg.matmul x=a y=b adj_x=adjoint_a? adj_y=adjoint_b?
Relu nn.relu features
Relu6 nn.relu6 features
Elu nn.elu features
Selu nn.selu features
LeakyRelu nn.leaky_relu features alpha?
Softplus math.softplus features
Softsign nn.softsign features
Softmax nn.softmax logits
LogSoftmax nn.log_softmax logits
BiasAdd nn.bias_add value bias
Sum math.reduce_sum input=input_tensor axis keep_dims=keepdims?
Mean math.reduce_mean input=input_tensor axis keep_dims=keepdims?
Prod math.reduce_prod input=input_tensor axis keep_dims=keepdims?
Max math.reduce_max input=input_tensor axis keep_dims=keepdims?
Min math.reduce_min input=input_tensor axis keep_dims=keepdims?
All math.reduce_all input=input_tensor axis keep_dims=keepdims?
Any math.reduce_any input=input_tensor axis keep_dims=keepdims?
ArgMax math.argmax input dimension=axis output_type?
ArgMin math.argmin input dimension=axis output_type?
Cumsum math.cumsum x axis exclusive? reverse?
Cumprod math.cumprod x axis exclusive? reverse?
Reshape shaping.reshape tensor shape
Transpose shaping.transpose x=a perm
ExpandDims shaping.expand_dims input axis
Squeeze shaping.squeeze input axis?
ConcatV2 joining.concat values axis
Pack joining.stack values axis?
Tile shaping.tile input multiples
GatherV2 gathering.gather params indices axis
GatherNd gathering.gather_nd params indices
ScatterNd scattering.scatter_nd indices updates shape
Fill creation.fill dims value
ZerosLike creation.zeros_like x=input
OnesLike creation.ones_like x=input
Identity tensors.identity input
StopGradient gradient_tape.stop_gradient input
Cast tensors.cast x DstT=dtype
SelectV2 gathering.where condition t=x e=y
Pad borders.pad input=tensor paddings
ReverseV2 shaping.reverse tensor axis
BroadcastTo shaping.broadcast_to input shape
Range creation.range start limit delta
L2Loss nn.l2_loss t
"""


def _table():
    """{raw op: (the function, {argument: the function's; None by position}, the arguments that may be left out)}"""
    table = {}
    for functions, arguments in ((_UNARY, ("x",)), (_BINARY, ("x", "y"))):
        for space, names in functions.items():
            for raw, _, function in (name.partition(":") for name in names.split()):
                table[raw] = f"{space}.{function or raw.lower()}", dict.fromkeys(arguments), ()
    for line in _OTHERS.strip().splitlines():
        raw, function, *arguments = line.split()
        pairs = [argument.rstrip("?").split("=") for argument in arguments]
        optional = [pair[0] for pair, argument in zip(pairs, arguments, strict=True) if argument.endswith("?")]
        table[raw] = function, {pair[0]: pair[-1] for pair in pairs}, optional
    return table


OPS = _table()
GRAPH_OPS_ALONE = {
    name: op
    for name, op in GRAPH_OPS.items()
    if name not in OPS
    and name not in ("Const", "NoOp")
    and op.kind != CALL
    and not {"resource", "table_handle"} & {each.name for each in op.inputs}
}
"""Operations of graphs that are not among the functions above and take only tensors."""


def __getattr__(name):
    if name in OPS:
        return _of_function(name, *OPS[name])
    if name in GRAPH_OPS_ALONE:
        return _of_graph(name, GRAPH_OPS_ALONE[name])
    raise AttributeError(
        f"tf.raw_ops.{name} is not built here. Use the function of the `tf` namespace that it stands behind; "
        f"{len(OPS) + len(GRAPH_OPS_ALONE)} raw ops are there under their own names."
    )


def _of_function(name, path, arguments, optional):
    space, function_name = path.split(".")
    function = getattr(_SPACES[space], function_name)

    def raw_op(**given):
        _check(name, given, arguments, optional)
        by_position = [given.pop(word) for word, theirs in arguments.items() if theirs is None]
        return function(*by_position, **{arguments[word]: value for word, value in given.items()})

    raw_op.__name__ = name
    return raw_op


def _of_graph(name, op):
    inputs = [each.name for each in op.inputs]
    optional = [word for word, default in op.attributes.items() if default is not Parameter.empty]
    outputs = namedtuple(name, op.gives) if op.gives else list

    def raw_op(**given):
        _check(name, given, [*inputs, *op.attributes], optional)
        attributes = {word: _as_attribute(value) for word, value in given.items() if word in op.attributes}
        values = [list(map(tensor, given[i.name])) if i.count else tensor(given[i.name]) for i in op.inputs]
        result = op.run(values, attributes)
        if not isinstance(result, tuple):
            return tensor(result)
        return outputs(*map(tensor, result[: len(op.gives)])) if op.gives else list(map(tensor, result))

    raw_op.__name__ = name
    return raw_op


def _check(name, given, arguments, optional):
    given.pop("name", None)
    unknown = [word for word in given if word not in arguments]
    missing = [word for word in arguments if word not in given and word not in optional]
    if unknown or missing:
        raise TypeError(
            f"tf.raw_ops.{name} takes {[*arguments]}, of which {[*optional]} may be left out. "
            f"Received: {unknown or [*given]}"
        )


def _as_attribute(value):
    if isinstance(value, DType):
        return value.name
    return str(value, "utf-8") if isinstance(value, bytes) else value


def __dir__():
    return sorted({*OPS, *GRAPH_OPS_ALONE})
