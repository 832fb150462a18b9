"""Values of the NumPy functions against NumPy itself, where both define the same."""

import numpy as np
import pytest

from minikeras import ops, tree
from minikeras.autodiff import GradientTape, IndexedSlices, Tensor, Variable

# float64 throughout: what is left is the order of sums.
TOLERANCE = 1e-12
RNG = np.random.default_rng(0)
A = RNG.normal(size=(3, 4))
B = RNG.normal(size=(3, 4))
POSITIVE = RNG.uniform(0.5, 2, (3, 4))
UNIT = RNG.uniform(-0.9, 0.9, (3, 4))
CUBE = RNG.normal(size=(2, 3, 4))
SQUARE = RNG.normal(size=(2, 3, 3)) + 3 * np.eye(3)
HOLES = np.where(RNG.uniform(size=(3, 4)) < 0.3, np.nan, A)
COUNTS = RNG.integers(0, 5, (3, 4))
BITS = RNG.integers(0, 2, (3, 4)).astype(bool)

OF_ONE = (
    "exp exp2 expm1 square sin cos tan arctan sinh cosh tanh arcsinh sinc deg2rad rad2deg i0 negative absolute fabs "
    "sign floor ceil trunc cbrt signbit isnan isinf isfinite isposinf isneginf isreal logical_not real imag conj "
    "angle nan_to_num ravel transpose flip fliplr flipud rot90 sort argsort cumsum cumprod diff sum mean var std prod "
    "max min median argmax argmin ptp any all count_nonzero trace diagonal tril triu nonzero corrcoef zeros_like "
    "ones_like"
)
OF_TWO = (
    "add subtract multiply divide true_divide maximum minimum fmax fmin logaddexp logaddexp2 arctan2 hypot mod fmod "
    "floor_divide nextafter equal not_equal less less_equal greater greater_equal isclose allclose logical_and "
    "logical_or logical_xor heaviside outer inner vdot append kron"
)
IGNORING_NAN = "nansum nanmean nanvar nanstd nanprod nanmax nanmin nanmedian nanargmax nanargmin nancumsum nancumprod"
CASES = [
    *[(name, (A,), {}) for name in OF_ONE.split()],
    *[(name, (POSITIVE,), {}) for name in ("log", "log1p", "log2", "log10", "sqrt", "reciprocal")],
    *[(name, (UNIT,), {}) for name in ("arcsin", "arccos", "arctanh")],
    ("arccosh", (POSITIVE + 1,), {}),
    *[(name, (A, B), {}) for name in OF_TWO.split()],
    ("power", (POSITIVE, B), {}),
    *[(name, (COUNTS, COUNTS[::-1].copy()), {}) for name in (
        "bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "gcd", "lcm", "isin")],
    ("bitwise_invert", (COUNTS,), {}),
    ("ldexp", (A, COUNTS), {}),
    ("round", (A,), {"decimals": 1}),
    ("clip", (A, -0.3, 0.4), {}),
    *[(name, (CUBE,), {"axis": axis, "keepdims": keepdims})
      for name in ("sum", "mean", "var", "std", "prod", "max", "min", "median", "any", "all", "ptp")
      for axis in (None, 1, (0, 2)) for keepdims in (False, True)],
    *[(name, (HOLES,), {"axis": 1}) for name in IGNORING_NAN.split()],
    *[(name, (CUBE,), {"q": [0.15, 0.45], "axis": (0, 1), "method": method}) for name in ("quantile", "nanquantile")
      for method in ("lower", "higher", "midpoint", "nearest")],
    ("argmax", (CUBE,), {"axis": 1, "keepdims": True}),
    ("average", (CUBE,), {"axis": 1, "weights": [1.0, 2.0, 3.0]}),
    ("cumsum", (CUBE,), {"axis": 1}),
    ("cumprod", (CUBE,), {"axis": -1}),
    ("diff", (CUBE,), {"n": 2, "axis": 1}),
    ("trapezoid", (A,), {"dx": 0.5, "axis": 0}),
    *[("correlate", (A[0], B[1][:n]), {"mode": mode}) for mode in ("valid", "same", "full") for n in (1, 2, 3, 4)],
    *[("correlate", (A[0][:n], B[1]), {"mode": mode}) for mode in ("same", "full") for n in (1, 2, 3)],
    ("reshape", (A, (2, -1)), {}),
    ("transpose", (CUBE, (1, 2, 0)), {}),
    ("squeeze", (A[None],), {}),
    ("expand_dims", (A, (0, -1)), {}),
    ("moveaxis", (CUBE, (0, 1), (-1, 0)), {}),
    ("moveaxis", (CUBE, -1, 0), {}),
    ("swapaxes", (CUBE, 0, -1), {}),
    ("broadcast_to", (A, (2, 3, 4)), {}),
    ("tile", (A, (2, 1, 3)), {}),
    ("tile", (CUBE, 2), {}),
    ("repeat", (A, 2), {"axis": 1}),
    ("repeat", (A, [1, 0, 2]), {"axis": 0}),
    ("repeat", (A, 3), {}),
    ("flip", (CUBE,), {"axis": (0, 2)}),
    ("roll", (A, 2), {}),
    ("roll", (A, (1, -1)), {"axis": (0, 1)}),
    *[("rot90", (CUBE, k), {"axes": axes}) for k in range(-1, 5) for axes in ((0, 1), (2, 0))],
    ("concatenate", ([A, B],), {"axis": 1}),
    ("stack", ([A, B],), {"axis": -1}),
    ("hstack", ([A, B],), {}),
    ("hstack", ([A[0], B[0]],), {}),
    ("vstack", ([A, B],), {}),
    ("dstack", ([A, B],), {}),
    ("dstack", ([A[0], B[0]],), {}),
    ("split", (A, 2), {"axis": 1}),
    ("split", (A, [1, 3]), {"axis": 1}),
    ("array_split", (A, 3), {"axis": 1}),
    ("array_split", (A[:, :2], 3), {"axis": 1}),
    ("hsplit", (A, 2), {}),
    ("vsplit", (A, 3), {}),
    ("dsplit", (CUBE, 2), {}),
    *[("pad", (A, ((1, 2), (0, 1))), {"mode": mode}) for mode in ("constant", "reflect", "symmetric")],
    ("pad", (A, 1), {"constant_values": 7}),
    ("meshgrid", (A[0], B[0], A[1]), {}),
    ("meshgrid", (A[0], B[0]), {"indexing": "ij"}),
    ("take", (A, [[0, -1], [2, 2]]), {"axis": 1}),
    ("take", (A, [0, 11, -1]), {}),
    ("take_along_axis", (A, np.argsort(A, axis=0)), {"axis": 0}),
    ("where", (BITS, A, B), {}),
    ("select", ([BITS, A > 0], [A, B], 9.0), {}),
    ("searchsorted", (np.sort(A[0]), B), {"side": "right"}),
    ("digitize", (A, np.array([-1.0, 0.0, 1.0])), {}),
    ("unravel_index", (np.array([3, 11]), (3, 4)), {}),
    ("bincount", (COUNTS[0],), {"minlength": 9}),
    ("histogram", (A.ravel(),), {"bins": 4, "range": (-2.0, 2.0)}),
    ("unique", (COUNTS,), {"return_index": True, "return_inverse": True, "return_counts": True}),
    ("unique", (COUNTS,), {"axis": 1}),
    ("diag", (A[0],), {"k": -2}),
    ("diag", (A,), {"k": 1}),
    ("diagflat", (A,), {"k": 1}),
    ("diagonal", (CUBE,), {"offset": -1, "axis1": 2, "axis2": 0}),
    ("trace", (CUBE,), {"offset": 1, "axis1": 1, "axis2": 2}),
    ("vander", (A[0],), {}),
    ("vander", (A[0], 3), {"increasing": True}),
    ("tril", (CUBE, -1), {}),
    ("triu", (CUBE, 1), {}),
    ("matmul", (CUBE, A.T), {}),
    ("matmul", (A[0], A[0]), {}),
    ("dot", (CUBE, A.T), {}),
    ("dot", (CUBE, CUBE.swapaxes(1, 2)), {}),
    ("dot", (A[0], 2.0), {}),
    ("tensordot", (CUBE, CUBE), {"axes": ([1, 2], [1, 2])}),
    ("tensordot", (CUBE, A), {}),
    ("inner", (CUBE, A), {}),
    ("cross", (A[:, :3], B[:, :3]), {}),
    ("cross", (A[:, :3], B[:, :3]), {"axisa": 0, "axisc": 0}),
    ("kron", (CUBE, A[:2, :2]), {}),
    ("arange", (5,), {}),
    ("arange", (1, 2, 0.3), {}),
    ("linspace", (1, 2, 7), {}),
    ("linspace", (A[0], B[0], 5), {"axis": -1, "endpoint": False, "retstep": True}),
    ("geomspace", (1.0, 1000.0, 4), {}),
    ("logspace", (0.0, 2.0, 5), {"base": 2}),
    ("eye", (3, 4, 1), {}),
    ("tri", (3, 4, 1), {}),
    ("identity", (3,), {}),
    ("full", ((2, 3), 2.5), {}),
    ("full_like", (A, 2.5), {}),
    *[(name, (7,), {}) for name in ("bartlett", "blackman", "hamming", "hanning")],
    ("kaiser", (7, 5.0), {}),
]  # fmt: skip

LINALG = [
    ("inv", (SQUARE,), {}),
    ("det", (SQUARE,), {}),
    ("slogdet", (SQUARE,), {}),
    ("solve", (SQUARE, CUBE), {}),
    ("cholesky", (SQUARE @ SQUARE.swapaxes(1, 2),), {}),
    ("qr", (A,), {}),
    ("qr", (A.T,), {"mode": "complete"}),
    ("svd", (A,), {"full_matrices": False}),
    ("eigh", (SQUARE[0] + SQUARE[0].T,), {}),
    ("pinv", (A,), {}),
    ("matrix_rank", (A,), {}),
    *[("norm", (A,), {"ord": o}) for o in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)],
    *[("norm", (A,), {"ord": o, "axis": 1, "keepdims": True}) for o in (None, 0, 1, 2, 3, -1, np.inf, -np.inf)],
    ("norm", (CUBE,), {"ord": 1, "axis": (2, 0)}),
]


def case_id(case):
    return "-".join([case[0], *[f"{key}={value}" for key, value in case[2].items() if not isinstance(value, list)]])


def check(function, reference, arguments, keywords):
    # float32 is Keras's default: where a result does not come from float64 values, only float32's digits can agree
    ours = [np.asarray(y) for y in tree.flatten(function(*arguments, **keywords))]
    theirs = [np.asarray(y) for y in tree.flatten(_plain(reference(*arguments, **keywords)))]
    assert len(ours) == len(theirs)
    for y, expected in zip(ours, theirs, strict=True):
        assert y.shape == expected.shape
        tolerance = TOLERANCE if y.dtype == np.float64 else np.finfo("float32").eps * 4
        np.testing.assert_allclose(y, expected, rtol=tolerance, atol=tolerance)


def _plain(result):
    """NumPy's named tuples as plain ones."""
    return tuple(result) if isinstance(result, tuple) else result


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_values_are_numpys(case):
    name, arguments, keywords = case
    check(getattr(ops, name), getattr(np, name), arguments, keywords)


@pytest.mark.parametrize("case", LINALG, ids=case_id)
def test_values_are_those_of_numpy_linalg(case):
    name, arguments, keywords = case
    check(getattr(ops, name), getattr(np.linalg, name), arguments, keywords)


EINSUMS = [
    ("ij,jk->ik", (3, 4), (4, 2)),
    ("ij,jk", (3, 4), (4, 2)),
    ("ba,cb", (3, 4), (2, 3)),
    ("bqhd,bkhd->bhqk", (2, 3, 2, 4), (2, 5, 2, 4)),
    ("...ij,...jk->...ik", (5, 1, 2, 3), (4, 3, 2)),
    ("i...,i...->...", (2, 3), (2, 1)),
    ("i...->...i", (2, 3, 4)),
    ("...", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("iij,jk->ki", (2, 2, 3), (3, 4)),
    ("iij,ijj->", (2, 2, 2), (2, 2, 2)),
    ("iii->", (2, 2, 2)),
    ("ij->", (2, 3)),
    ("ij,k->k", (2, 3), (4,)),
    ("i,j->ji", (2,), (3,)),
    (",ij->ji", (), (2, 3)),
    ("ab,bc,cd->ad", (2, 3), (3, 4), (4, 2)),
    ("abc,cd,abe,e->de", (2, 3, 4), (4, 2), (2, 3, 2), (2,)),
    ("ij,kj->ik", (2, 0), (3, 0)),
    ("b...d, de -> b...e", (2, 3, 4), (4, 5)),
]


@pytest.mark.parametrize("case", EINSUMS, ids=lambda case: case[0])
def test_einsum_is_numpys(case):
    subscripts, *shapes = case
    operands = [np.random.default_rng(i).normal(size=shape) for i, shape in enumerate(shapes)]
    np.testing.assert_allclose(
        ops.einsum(subscripts, *operands), np.einsum(subscripts, *operands), rtol=1e-12, atol=1e-12
    )


KINDS = [
    ("Python list", [[1.0, -2.0], [3.0, 4.0]]),
    ("array", np.array([[1.0, -2.0], [3.0, 4.0]], "float32")),
    ("Tensor", Tensor(np.array([[1.0, -2.0], [3.0, 4.0]], "float32"))),
    ("Variable", Variable(np.array([[1.0, -2.0], [3.0, 4.0]], "float32"))),
]
ANY_INPUT = (
    "exp abs sum mean max sort argmax cumsum reshape transpose flip var median take clip pad tile norm det where"
)
MORE_ARGUMENTS = {"reshape": ((4,),), "take": ([1],), "clip": (0, 1), "pad": (1,), "tile": (2,), "where": (5.0, 0.0)}


@pytest.mark.parametrize("name", ANY_INPUT.split())
@pytest.mark.parametrize("kind, x", KINDS, ids=[kind for kind, _ in KINDS])
def test_any_kind_of_input_gives_a_float32_tensor(name, kind, x):
    function, extra = getattr(ops, name), MORE_ARGUMENTS.get(name, ())
    y = function(x, *extra)
    assert isinstance(y, Tensor)
    np.testing.assert_array_equal(y, function(np.asarray(KINDS[1][1]), *extra))


@pytest.mark.parametrize("name", ["exp", "sum", "max", "square", "mean", "floor", "ravel", "isnan"])
def test_a_python_number_alone_counts_as_float32_or_int32(name):
    for number, dtype in ((2, "int32"), (2.5, "float32")):
        expected = getattr(ops, name)(np.asarray(number, dtype))
        y = getattr(ops, name)(number)
        assert y.dtype == expected.dtype
        np.testing.assert_array_equal(y, expected)


def test_the_gradient_of_rows_taken_from_a_table_is_the_rows():
    table = Variable(np.zeros((5, 2), "float32"))
    with GradientTape() as tape:
        loss = ops.sum(ops.take(table, [[1, -1], [1, 1]], axis=0) * 2.0)
    gradient = tape.gradient(loss, table)
    assert isinstance(gradient, IndexedSlices)
    assert gradient.indices.tolist() == [1, 4, 1, 1]
    assert gradient.values.shape == (4, 2)
    assert gradient.to_dense()[:, 0].tolist() == [0, 6, 0, 0, 2]


def test_a_table_read_twice_and_used_as_a_whole_sums_its_gradients():
    table = Variable(np.ones((3, 2), "float32"))
    with GradientTape() as tape:
        loss = ops.sum(ops.take(table, [0], axis=0)) + ops.sum(ops.take(table, [2], axis=0)) + ops.sum(table)
    np.testing.assert_array_equal(np.asarray(tape.gradient(loss, table)), [[2, 2], [1, 1], [2, 2]])


def test_jvp_is_the_product_with_the_jacobian():
    x, t = np.array([0.3, -1.0]), np.array([2.0, 0.5])
    _, dy = ops.jvp(lambda a: ops.stack([a[0] * a[1], ops.sin(a[0]), a[1] ** 2]), (x,), (t,))
    jacobian = np.array([[x[1], x[0]], [np.cos(x[0]), 0], [0, 2 * x[1]]])
    np.testing.assert_allclose(dy, jacobian @ t, rtol=1e-12)
    _, dy, aux = ops.jvp(lambda a: ({"out": ops.exp(a)}, "extra"), (x,), (t,), has_aux=True)
    np.testing.assert_allclose(dy["out"], np.exp(x) * t, rtol=1e-12)
    assert aux == "extra"


def test_vectorize_loops_over_broadcast_arguments():
    y = ops.vectorize(lambda a, b: a * b + 1)(np.array([[1.0], [2.0]]), np.array([3.0, 4.0]))
    assert y.numpy().tolist() == [[4, 5], [7, 9]]
    y = ops.vectorize(ops.dot, signature="(n),(n)->()")(A[:, None], B)
    np.testing.assert_allclose(y, A @ B.T, rtol=1e-12)
    assert ops.vectorize(lambda a, power: a**power, excluded={1})([1.0, 2.0], 2).numpy().tolist() == [1, 4]


def test_lu_factor_gives_the_matrix_back():
    lu, positions = ops.lu_factor(SQUARE)
    product = (np.tril(lu, -1) + np.eye(3)) @ np.triu(lu)
    np.testing.assert_allclose(
        np.take_along_axis(product, np.asarray(positions)[..., None], axis=1), SQUARE, rtol=1e-12
    )


def test_istft_is_the_inverse_of_stft():
    x = np.random.default_rng(0).normal(size=(2, 60))
    for window, factor in (("hann", 1), ("hamming", 1), (None, 2)):  # without weights, the two that overlap are added
        y = ops.istft(ops.stft(x, 8, 4, 8, window=window), 8, 4, 8, window=window)
        np.testing.assert_allclose(y, factor * x, rtol=1e-9, atol=1e-12)


def test_no_warning_from_infinities_and_nan():
    """Warnings are errors in this test run."""
    x = np.array([0.0, -1.0, np.inf, 1e30], "float32")
    for name in ("log", "sqrt", "rsqrt", "reciprocal", "exp", "arcsin", "log1p", "arctanh"):
        getattr(ops, name)(x)
    ops.divide(x, 0.0)
    ops.power(x, 9.0)
    ops.cast(x, "float16")
    with GradientTape() as tape:
        x = Tensor(x)
        tape.watch(x)
        y = ops.sum(ops.sqrt(x) * x * x - x)
    tape.gradient(y, x)


ERRORS = [
    (lambda: ops.reshape(A, (5, 2)), "12 elements"),
    (lambda: ops.max(np.zeros((0, 3))), "empty"),
    (lambda: ops.sum(A, axis=2), "axis"),
    (lambda: ops.concatenate([A, CUBE]), "same shape"),
    (lambda: ops.stack([A, A[:2]]), "same shape"),
    (lambda: ops.split(A, 3, axis=1), "must be divisible"),
    (lambda: ops.split(A, [3, 1], axis=1), "ascending"),
    (lambda: ops.take(A, [4], axis=1), r"Index 4 .* \[-4, 4\)"),
    (lambda: ops.take(A, [0.5]), "integers"),
    (lambda: ops.take_along_axis(A, [[9]], axis=1), "Index 9"),
    (lambda: ops.matmul(A, A), "4 is not 3"),
    (lambda: ops.einsum("ij,jk->il", A, A.T), "present in the input"),
    (lambda: ops.einsum("ij,jk->ik", A, A), "'j'"),
    (lambda: ops.einsum("ij->i", A, A), "operands"),
    (lambda: ops.einsum("ijk->i", A), "does not fit"),
    (lambda: ops.inv(np.zeros((2, 2))), "not invertible"),
    (lambda: ops.cholesky(-np.eye(2)), "positive definite"),
    (lambda: ops.det(A), "square"),
    (lambda: ops.solve(np.eye(2), np.ones((3, 1))), "rows"),
    (lambda: ops.quantile(A, 0.5, method="cubic"), "method"),
    (lambda: ops.pad(A, 1, mode="wrap"), "mode"),
    (lambda: ops.pad(A, ((1, 1), (1, 1), (1, 1))), "same length as"),
    (lambda: ops.pad(A, 1, mode="reflect", constant_values=3), "constant_values"),
    (lambda: ops.where(BITS, A), "both"),
    (lambda: ops.select([BITS], []), "length equal"),
    (lambda: ops.norm(CUBE, ord=2), "one or two"),
    (lambda: ops.norm(A, ord=3, axis=(0, 1)), "ord=3"),
    (lambda: ops.cross(A, B), "2 or 3"),
    (lambda: ops.top_k(A, 5), "k=5"),
    (lambda: ops.bincount([-1]), "-1"),
    (lambda: ops.linspace(0, 1, -1), "negative"),
    (lambda: ops.vectorize(3), "callable"),
    (lambda: ops.moveaxis(CUBE, 0, [1, 2]), "same number"),
    (lambda: ops.squeeze(CUBE, 0), "not 1"),
    (lambda: ops.rot90(A[0]), "at least 2 dimensions"),
    (lambda: ops.fft(A), "tuple of two tensors"),
    (
        lambda: ops.slice(np.ones((3, 3)), (1, 1), (2, 2, 2)),
        "dimensions in `inputs` must match .* dimensions in `shape`",
    ),
    (lambda: ops.slice(np.ones((3, 3)), (1, 1, 1), (2, 2)), "dimensions in `start_indices` must match"),
    (
        lambda: ops.slice_update(np.ones((3, 3)), (1, 1), np.ones(2)),
        "dimensions in `inputs` must match .* in `updates`",
    ),
    (lambda: ops.fold(np.ones((1, 2, 3, 4)), (4, 4), 2), "3D tensor"),
    (lambda: ops.broadcast_to(A, (3, 5)), "broadcast"),
    (lambda: ops.add(A, A[:2]), r"\(3, ?4\) .*\(2, ?4\)"),
    (lambda: ops.unstack(A, 5), "num=5"),
    (lambda: ops.diag(CUBE), "1-D or 2-D"),
    (lambda: ops.average(A, axis=1, weights=[1.0, 2.0, 3.0, 4.0, 5.0]), "broadcast"),
    (lambda: ops.average(CUBE, axis=(0, 1), weights=[1.0, 2.0]), "weights"),
]


@pytest.mark.parametrize("call, message", ERRORS, ids=[message for _, message in ERRORS])
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises((ValueError, IndexError, TypeError), match=message) as error:
        call()
    assert len(str(error.value)) < 400


def test_lists_of_tensors_stay_connected():
    x = Tensor(np.array([1.0, 2.0]))
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum([x[0] * x[1], x[0]]) + ops.max([[x[0], 3.0], [x[1], x[0]]], axis=1)[1]
    assert np.asarray(tape.gradient(y, x)).tolist() == [3, 2]


def test_where_and_take_let_go_of_what_their_gradients_do_not_need():
    x = Tensor(np.ones(3))
    with GradientTape() as tape:
        tape.watch(x)
        ops.where([True, False, True], x, 0.0)
        ops.take(x, [1])
        ops.take_along_axis(x, [1], axis=0)
    for call in tape.calls:
        assert all(kept is not x for kept in call.inputs)


def test_logdet_is_nan_for_those_matrices_alone_that_are_not_positive_definite():
    x = np.stack([np.eye(2), -np.eye(2), 2 * np.eye(2)])
    np.testing.assert_allclose(ops.logdet(x), [0.0, np.nan, 2 * np.log(2)], rtol=TOLERANCE)
