"""The dtype of each op of the NumPy half for each dtype, and pair of dtypes, of its inputs."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow


DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "float16", "float32", "float64")
ONE_INPUT = (
    "exp exp2 expm1 log log1p log2 log10 sqrt square sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh "
    "sinc deg2rad rad2deg cbrt absolute fabs sign floor ceil round trunc signbit isnan isinf isfinite logical_not "
    "bitwise_not negative sum mean var std prod max min any all argmax argmin median ptp cumsum cumprod count_nonzero "
    "sort argsort ravel flip transpose diff nansum nanmean nanmax nanvar nan_to_num zeros_like ones_like copy real "
    "imag conj angle isreal nonzero i0 top_k norm trace tril diag unique average logsumexp nanprod nancumsum nanmedian "
    "corrcoef vander erf rsqrt reciprocal size"
)
TWO_INPUTS = (
    "add subtract multiply divide true_divide divide_no_nan floor_divide mod fmod power maximum minimum fmax fmin "
    "arctan2 hypot logaddexp heaviside equal less greater_equal logical_and bitwise_and gcd matmul dot tensordot inner "
    "outer vdot kron cross append isclose searchsorted isin"
)


def outcome(package, name, inputs):
    """The dtypes of the results, or None where the package refuses the inputs."""
    tensors = [package.ops.convert_to_tensor(x) if isinstance(x, np.ndarray) else x for x in inputs]
    extra = {"top_k": {"k": 1}, "tensordot": {"axes": 1}}.get(name, {})
    try:
        with np.errstate(all="ignore"):
            results = getattr(package.ops, name)(*tensors, **extra)
    except Exception:
        return None
    return [np.asarray(y).dtype.name for y in package.tree.flatten(results)]


def shaped(name, dtype):
    shape = (2, 2) if name in ("trace", "tril", "matmul", "corrcoef") else (3,)
    return np.ones(shape, dtype)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", ONE_INPUT.split())
def test_dtypes_of_one_input(name):
    for dtype in DTYPES:
        expected = outcome(keras, name, [shaped(name, dtype)])
        if expected is not None:
            assert outcome(minikeras, name, [shaped(name, dtype)]) == expected, f"{name}({dtype})"


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", TWO_INPUTS.split())
def test_dtypes_of_two_inputs(name):
    scalars = () if name in ("tensordot", "matmul", "cross", "searchsorted") else (True, 2, 2.0)
    for first in DTYPES:
        for second in (*DTYPES, *scalars):
            inputs = [shaped(name, first), shaped(name, second) if isinstance(second, str) else second]
            for pair in (inputs, inputs[::-1]):
                expected = outcome(keras, name, pair)
                if expected is not None:
                    assert outcome(minikeras, name, pair) == expected, f"{name}({first}, {second}), {pair}"
