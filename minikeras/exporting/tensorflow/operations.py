"""Inputs and outputs of TensorFlow's operations: dtypes of inputs, names and dtypes of outputs.

A capitalized dtype is an attribute, whose value is the dtype of the input. `N*T` are N inputs of one dtype, `[T]` any
number of inputs, each with its own dtype. The order of inputs and the names are those of TensorFlow's registry
(`tensorflow.python.framework.op_def_registry`).
"""

from typing import NamedTuple

TABLE = """
    Const() -> output: dtype
    Identity(T) -> output: T
    Cast(SrcT) -> y: DstT
    ReadVariableOp(resource) -> value: dtype  AssignVariableOp(resource, dtype)
    StatefulPartitionedCall([Tin]) -> output: [Tout]
    StatelessWhile([T]) -> output: [T]

    AddV2(T, T) -> z: T                      Sub(T, T) -> z: T
    Mul(T, T) -> z: T                        RealDiv(T, T) -> z: T
    FloorDiv(T, T) -> z: T                   FloorMod(T, T) -> z: T
    TruncateMod(T, T) -> z: T                Pow(T, T) -> z: T
    MulNoNan(T, T) -> z: T                   Atan2(T, T) -> z: T
    Maximum(T, T) -> z: T                    Minimum(T, T) -> z: T
    Equal(T, T) -> z: bool                   NotEqual(T, T) -> z: bool
    Less(T, T) -> z: bool                    LessEqual(T, T) -> z: bool
    Greater(T, T) -> z: bool                 GreaterEqual(T, T) -> z: bool
    LogicalAnd(bool, bool) -> z: bool        LogicalOr(bool, bool) -> z: bool
    LogicalNot(bool) -> y: bool              SelectV2(bool, T, T) -> output: T
    BitwiseAnd(T, T) -> z: T                 BitwiseOr(T, T) -> z: T
    BitwiseXor(T, T) -> z: T                 Invert(T) -> y: T
    LeftShift(T, T) -> z: T                  RightShift(T, T) -> z: T

    Neg(T) -> y: T         Abs(T) -> y: T         Sign(T) -> y: T        Square(T) -> y: T
    Sqrt(T) -> y: T        Rsqrt(T) -> y: T       Reciprocal(T) -> y: T  Exp(T) -> y: T
    Expm1(T) -> y: T       Log(T) -> y: T         Log1p(T) -> y: T       Sin(T) -> y: T
    Cos(T) -> y: T         Tan(T) -> y: T         Sinh(T) -> y: T        Cosh(T) -> y: T
    Tanh(T) -> y: T        Asin(T) -> y: T        Acos(T) -> y: T        Atan(T) -> y: T
    Asinh(T) -> y: T       Acosh(T) -> y: T       Atanh(T) -> y: T       Erf(T) -> y: T
    Erfc(T) -> y: T        Erfinv(T) -> y: T      Lgamma(T) -> y: T      Digamma(T) -> y: T
    Floor(T) -> y: T       Ceil(T) -> y: T        Rint(T) -> y: T        Sigmoid(T) -> y: T
    IsNan(T) -> y: bool    IsInf(T) -> y: bool    IsFinite(T) -> y: bool
    Relu(T) -> activations: T                Relu6(T) -> activations: T
    LeakyRelu(T) -> activations: T           Elu(T) -> activations: T
    Selu(T) -> activations: T                Softplus(T) -> activations: T
    Softsign(T) -> activations: T            Softmax(T) -> softmax: T
    LogSoftmax(T) -> logsoftmax: T

    MatMul(T, T) -> product: T               BatchMatMulV2(T, T) -> output: T
    Einsum(N*T) -> output: T
    Conv2D(T, T) -> output: T                Conv3D(T, T) -> output: T
    DepthwiseConv2dNative(T, T) -> output: T
    Conv2DBackpropInput(int32, T, T) -> output: T
    Conv3DBackpropInputV2(Tshape, T, T) -> output: T
    MaxPool(T) -> output: T                  MaxPool3D(T) -> output: T
    AvgPool(T) -> output: T                  AvgPool3D(T) -> output: T

    Sum(T, Tidx) -> output: T                Mean(T, Tidx) -> output: T
    Prod(T, Tidx) -> output: T               Max(T, Tidx) -> output: T
    Min(T, Tidx) -> output: T                Any(bool, Tidx) -> output: bool
    All(bool, Tidx) -> output: bool          ArgMax(T, Tidx) -> output: output_type
    ArgMin(T, Tidx) -> output: output_type   Cumsum(T, Tidx) -> out: T
    Cumprod(T, Tidx) -> out: T               TopKV2(T, Tk) -> values: T, indices: index_type

    Reshape(T, Tshape) -> output: T          Transpose(T, Tperm) -> y: T
    ExpandDims(T, Tdim) -> output: T         Squeeze(T) -> output: T
    ConcatV2(N*T, Tidx) -> output: T         Pack(N*T) -> output: T
    SplitV(T, Tlen, int32) -> output: num_split*T
    StridedSlice(T, Index, Index, Index) -> output: T
    Slice(T, Index, Index) -> output: T      PadV2(T, Tpaddings, T) -> output: T
    MirrorPad(T, Tpaddings) -> output: T     BroadcastTo(T, Tidx) -> output: T
    Tile(T, Tmultiples) -> output: T         Fill(index_type, T) -> output: T
    Range(Tidx, Tidx, Tidx) -> output: Tidx  Shape(T) -> output: out_type
    Size(T) -> output: out_type              ReverseV2(T, Tidx) -> output: T
    GatherV2(Tparams, Tindices, Taxis) -> output: Tparams
    GatherNd(Tparams, Tindices) -> output: Tparams
    TensorScatterUpdate(T, Tindices, T) -> output: T
    TensorScatterAdd(T, Tindices, T) -> output: T

    RFFT(Treal, int32) -> output: Tcomplex   IRFFT(Tcomplex, int32) -> output: Treal
    FFT(Tcomplex) -> output: Tcomplex        IFFT(Tcomplex) -> output: Tcomplex
    Complex(T, T) -> out: Tout               Real(T) -> output: Tout
    Imag(T) -> output: Tout

    HashTableV2() -> table_handle: resource  LookupTableImportV2(resource, Tin, Tout)
    LookupTableFindV2(resource, Tin, Tout) -> values: Tout
    StringJoin(N*string) -> output: string
    StringLower(string) -> output: string    StaticRegexReplace(string) -> output: string
    StringSplitV2(string, string) -> indices: int64, values: string, shape: int64
    AsString(T) -> output: string            StringToHashBucketFast(string) -> output: int64
    StringToHashBucketStrong(string) -> output: int64

    MatrixInverse(T) -> output: T            MatrixDeterminant(T) -> output: T
    LogMatrixDeterminant(T) -> sign: T, log_abs_determinant: T
    MatrixSolve(T, T) -> output: T           MatrixTriangularSolve(T, T) -> output: T
    Cholesky(T) -> output: T                 Qr(T) -> q: T, r: T
    RGBToHSV(T) -> output: T                 HSVToRGB(T) -> output: T
    UnsortedSegmentSum(T, Tindices, Tnumsegments) -> output: T
    UnsortedSegmentMax(T, Tindices, Tnumsegments) -> output: T
    UnsortedSegmentMin(T, Tindices, Tnumsegments) -> output: T
    UnsortedSegmentProd(T, Tindices, Tnumsegments) -> output: T

    StatelessRandomGetKeyCounter(Tseed) -> key: uint64, counter: uint64
    StatelessRandomUniformV2(Tshape, uint64, uint64, int32) -> output: dtype
    StatelessRandomNormalV2(Tshape, uint64, uint64, int32) -> output: dtype
    StatelessTruncatedNormalV2(Tshape, uint64, uint64, int32) -> output: dtype

    DenseBincount(Tidx, Tidx, T) -> output: T
    ResizeBilinear(T, int32) -> resized_images: float32
    ResizeNearestNeighbor(T, int32) -> resized_images: T
    TensorListReserve(shape_type, int32) -> handle: variant
    TensorListSetItem(variant, int32, element_dtype) -> output_handle: variant
    TensorListStack(variant, int32) -> tensor: element_dtype
"""


class Part(NamedTuple):
    """An input or output of an operation.

    Attributes:
        name: of an output; "" for inputs.
        dtype: a dtype's name, or the attribute that is one.
        count: "" for one tensor, "*" for any number with their own dtypes, or the attribute that is their number.
    """

    name: str
    dtype: str
    count: str

    @property
    def is_attribute(self):
        """Whether the dtype is that of an attribute."""
        return self.dtype not in FIXED


FIXED = "float32", "int32", "int64", "uint64", "bool", "string", "resource", "variant"


def _part(text):
    name, _, kind = text.rpartition(": ")
    if kind.startswith("["):
        return Part(name, kind.strip("[]"), "*")
    count, _, dtype = kind.rpartition("*")
    return Part(name, dtype, count)


def _parts(text):
    return [_part(part) for part in text.split(", ") if part]


def _operations():
    found = {}
    for line in TABLE.splitlines():
        for entry in filter(None, line.strip().split("  ")):
            name, _, rest = entry.strip().partition("(")
            inputs, _, outputs = rest.partition(")")
            outputs = outputs.removeprefix(" -> ")
            found[name] = _parts(inputs), _parts(outputs)
    return found


OPERATIONS = _operations()
"""{name: (inputs, outputs)}, lists of `Part`s."""
