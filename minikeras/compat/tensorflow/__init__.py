"""The `tf` namespace: TensorFlow's names over minikeras's own tensors and ops, without a second engine.

`tf.Tensor` is `minikeras.Tensor`. A function here converts TensorFlow's arguments to a call of `minikeras.ops`, so
gradients, symbolic tensors (`KerasTensor`) and dtypes behave as everywhere in minikeras. The contents of the modules:

| name | module |
| --- | --- |
| `tf.float32`, `tf.TensorShape`, `tf.TensorSpec` | `dtypes.py`, `tensor_shape.py`, `tensor_spec.py` |
| `tf.constant`, `tf.cast`, `tf.shape` | `tensors.py` |
| `tf.reshape`, `tf.concat`, `tf.gather`, … | `arrays/`, one topic per file |
| `tf.math`, `tf.nn`, `tf.linalg`, `tf.signal`, `tf.data`, `tf.image`, … | the package or module of that name |
| `tf.Variable`, `tf.GradientTape`, `tf.IndexedSlices` | `variables.py`, `gradient_tape.py`, `indexed_slices.py` |
| `tf.function`, `tf.py_function`, `tf.print` | `function.py`, `python_functions.py`, `printing.py` |
| `tf.Module`, `tf.TensorArray` | `module.py`, `tensor_array.py` |
| `tf.while_loop`, `tf.cond`, `tf.map_fn`, `tf.scan` | `control_flow.py`, `mapping.py` |
| `tf.name_scope`, `tf.device`, and log messages for settings without effect | `scopes.py`, `notices.py` |
| attributes that tensors have beyond Keras's while the namespace is installed | `tensor_attributes.py` |
| how arguments become tensors; functions as nodes of functional models | `conversion.py`, `symbolic.py` |
| which dtypes the operands of functions may have, and of Python's operators | `operand_checks.py`, `operators.py` |
| functions as scripts get them: operands checked, ragged ones dispatched | `offered_functions.py` |

Every family file has an `__all__`; its names are imported here one by one, so that a reader finds their origin.
"""

from types import ModuleType as _ModuleType

from minikeras import initializers, losses, metrics, optimizers
from minikeras.autodiff import Tensor
from minikeras.compat import keras
from minikeras.compat import tensorflow as _itself
from minikeras.compat.tensorflow import (
    audio,
    autodiff,
    autograph,
    bitwise,
    compat,
    config,
    data,
    debugging,
    distribute,
    dtypes,
    errors,
    experimental,
    image,
    io,
    linalg,
    lookup,
    math,
    nest,
    nn,
    profiler,
    quantization,
    queue,
    ragged,
    random,
    raw_ops,
    saved_model,
    sets,
    signal,
    sparse,
    strings,
    summary,
    test,
    tpu,
    train,
    types,
    version,
)
from minikeras.compat.tensorflow.arrays.borders import (
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    pad,
)
from minikeras.compat.tensorflow.arrays.creation import (
    eye,
    fill,
    linspace,
    meshgrid,
    one_hot,
    ones,
    ones_like,
    range,
    sequence_mask,
    zeros,
    zeros_like,
)
from minikeras.compat.tensorflow.arrays.editing import edit_distance
from minikeras.compat.tensorflow.arrays.gathering import (
    boolean_mask,
    dynamic_partition,
    dynamic_stitch,
    gather,
    gather_nd,
    slice,
    strided_slice,
    unravel_index,
    where,
)
from minikeras.compat.tensorflow.arrays.joining import (
    concat,
    split,
    stack,
    unstack,
)
from minikeras.compat.tensorflow.arrays.ordering import (
    argmax,
    argmin,
    argsort,
    searchsorted,
    sort,
    unique,
    unique_with_counts,
)
from minikeras.compat.tensorflow.arrays.scattering import (
    scatter_nd,
    tensor_scatter_nd_add,
    tensor_scatter_nd_max,
    tensor_scatter_nd_min,
    tensor_scatter_nd_sub,
    tensor_scatter_nd_update,
)
from minikeras.compat.tensorflow.arrays.shaping import (
    broadcast_to,
    expand_dims,
    repeat,
    reshape,
    reverse,
    reverse_sequence,
    roll,
    squeeze,
    tile,
    transpose,
)
from minikeras.compat.tensorflow.control_flow import (
    Assert,
    case,
    cond,
    group,
    no_op,
    switch_case,
    timestamp,
    tuple,
    while_loop,
)
from minikeras.compat.tensorflow.conversion_functions import register_tensor_conversion_function
from minikeras.compat.tensorflow.debugging import (
    assert_equal,
    assert_greater,
    assert_less,
    assert_rank,
)
from minikeras.compat.tensorflow.dtypes import (
    DType,
    as_dtype,
    bfloat16,
    bool,
    complex64,
    complex128,
    double,
    float16,
    float32,
    float64,
    half,
    int8,
    int16,
    int32,
    int64,
    qint8,
    qint16,
    qint32,
    quint8,
    quint16,
    resource,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
    variant,
)
from minikeras.compat.tensorflow.function import function
from minikeras.compat.tensorflow.gradient_tape import (
    AggregationMethod,
    GradientTape,
    UnconnectedGradients,
    custom_gradient,
    grad_pass_through,
    gradients,
    hessians,
    no_gradient,
    recompute_grad,
    stop_gradient,
)
from minikeras.compat.tensorflow.image.parts import extract_volume_patches
from minikeras.compat.tensorflow.indexed_slices import IndexedSlices
from minikeras.compat.tensorflow.linalg.decompositions import (
    eig,
    eigvals,
)
from minikeras.compat.tensorflow.linalg.decompositions import sqrtm as matrix_square_root
from minikeras.compat.tensorflow.linalg.products import (
    einsum,
    matmul,
    norm,
    tensordot,
)
from minikeras.compat.tensorflow.mapping import foldl, foldr, map_fn, scan, vectorized_map
from minikeras.compat.tensorflow.math.arithmetic import (
    add,
    add_n,
    atan2,
    divide,
    maximum,
    minimum,
    multiply,
    pow,
    realdiv,
    scalar_mul,
    subtract,
    truediv,
    truncatediv,
    truncatemod,
)
from minikeras.compat.tensorflow.math.comparison import (
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    not_equal,
)
from minikeras.compat.tensorflow.math.counting import (
    histogram_fixed_width,
    histogram_fixed_width_bins,
)
from minikeras.compat.tensorflow.math.elementwise import (
    abs,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    exp,
    floor,
    negative,
    round,
    sigmoid,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    tan,
    tanh,
)
from minikeras.compat.tensorflow.math.reductions import (
    cumsum,
    reduce_all,
    reduce_any,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_sum,
)
from minikeras.compat.tensorflow.module import Module
from minikeras.compat.tensorflow.nn.layer_functions import (
    batch_to_space,
    required_space_to_batch_paddings,
    space_to_batch,
    space_to_batch_nd,
)
from minikeras.compat.tensorflow.notices import get_logger
from minikeras.compat.tensorflow.offered_functions import OfferedFunctions as _OfferedFunctions
from minikeras.compat.tensorflow.printing import print
from minikeras.compat.tensorflow.python_functions import numpy_function, py_function
from minikeras.compat.tensorflow.ragged import RaggedTensor, RaggedTensorSpec
from minikeras.compat.tensorflow.scopes import (
    control_dependencies,
    device,
    executing_eagerly,
    get_current_name_scope,
    init_scope,
    inside_function,
    name_scope,
)
from minikeras.compat.tensorflow.sparse import (
    SparseTensor,
)
from minikeras.compat.tensorflow.strings import as_string
from minikeras.compat.tensorflow.tensor_array import TensorArray
from minikeras.compat.tensorflow.tensor_initializers import (
    constant_initializer,
    ones_initializer,
    random_normal_initializer,
    random_uniform_initializer,
    zeros_initializer,
)
from minikeras.compat.tensorflow.tensor_protos import make_ndarray, make_tensor_proto
from minikeras.compat.tensorflow.tensor_shape import (
    TensorShape,
)
from minikeras.compat.tensorflow.tensor_spec import (
    SparseTensorSpec,
    TensorSpec,
    TypeSpec,
    type_spec_from_value,
)
from minikeras.compat.tensorflow.tensors import (
    bitcast,
    broadcast_dynamic_shape,
    broadcast_static_shape,
    cast,
    complex,
    constant,
    convert_to_tensor,
    ensure_shape,
    get_static_value,
    guarantee_const,
    identity,
    identity_n,
    is_symbolic_tensor,
    is_tensor,
    rank,
    saturate_cast,
    shape,
    shape_n,
    size,
)
from minikeras.compat.tensorflow.variables import Variable, VariableAggregation, VariableSynchronization

__version__ = "2.21.0"
newaxis = None
compat.set_namespace(_itself)

# Our own modules, which are not TensorFlow's namespaces.
_OWN_NAMES = """
    argument_kinds arrays composites control_flow conversion conversion_functions experimental_dtypes
    extension_types folding gradient_checking gradient_tape indexed_slices indexing loaded_functions mapping module
    named notices offered_functions operand_checks operand_conversion operand_table operators printing
    python_functions saved_objects scatter scopes symbolic tensor_array tensor_attributes tensor_initializers
    tensor_protos tensor_shape tensor_spec tensors variables
"""
_OWN_MODULES = set(_OWN_NAMES.split())
__all__ = sorted(
    name
    for name, value in globals().items()
    if not name.startswith("_") and not (name in _OWN_MODULES and isinstance(value, _ModuleType))
)
__offers__ = _OfferedFunctions(globals())  # scripts get the functions with their operands checked
