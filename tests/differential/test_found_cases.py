"""Calls in which minikeras once differed from Keras, found by `hunt`: each is compared with the live tf.keras."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from tests.differential.outcomes import difference, outcome_of  # noqa: E402
from tests.differential.values import Eager, Symbol, case  # noqa: E402

V = np.arange(6, dtype="float32").reshape(2, 3)
SIGNAL = np.sin(np.arange(24, dtype="float32"))
SPECTRUM = (np.cos(np.arange(30, dtype="float32")).reshape(6, 5), np.sin(np.arange(30, dtype="float32")).reshape(6, 5))
POSITIVE = np.array([[[4.0, 1.0], [1.0, 3.0]], [[2.0, 0.5], [0.5, 1.0]]], "float32")

FOUND = [
    # unknown lengths of symbolic tensors
    *[case(f"ops.{name}", Symbol((None, 3))) for name in ("bitwise_invert", "bitwise_not", "corrcoef", "negative")],
    *[case(f"ops.{name}", Symbol((None, 3)), Symbol((2, None))) for name in ("gcd", "lcm", "ldexp", "kron")],
    case("ops.bitwise_and", Symbol((None, 3)), Symbol((None, 3))),
    case("ops.array_split", Symbol((None, 4)), 2),
    case("ops.split", Symbol((None,)), (2,)),
    case("ops.hsplit", Symbol((None,)), (2,)),
    case("ops.slice", Symbol((2, 2, 3)), [1, 1, 1], [2, 0, -1]),
    case("ops.slice", Symbol((None, 3)), [0, 1], [-1, -1]),
    case("ops.unravel_index", Symbol((2, None), "int32"), (2, None)),
    case("ops.nonzero", Symbol((None, 2, 2))),
    case("ops.cdist", Symbol((None, None)), Symbol((2, 3))),
    case("ops.cross", Symbol((3, None)), Symbol((3, 3))),
    case("ops.glu", Symbol((None,))),
    case("ops.depth_to_space", Symbol((2, 6, None, None)), 2),
    case("ops.space_to_depth", Symbol((2, None, 4, None)), 2),
    case("ops.ctc_decode", Symbol((None, None, None)), Symbol((2,), "int32")),
    case("ops.ctc_loss", Symbol((2, 2), "int32"), Symbol((2, 5, None)), Symbol((2,), "int32"), Symbol((2,), "int32")),
    case("ops.adaptive_average_pool", Symbol((None, 1, None, 4)), (3, 2), "channels_first"),
    case("ops.layer_normalization", Symbol((None, 3, None)), Symbol((3, 3)), Symbol((3, 3)), axis=(-2, -1)),
    case("ops.dot_product_attention", *[Symbol((2, None, 2, 3))] * 3, is_causal=True),
    case("ops.image.rgb_to_grayscale", Symbol((4, None, None)), "channels_last"),
    case("ops.image.gaussian_blur", Symbol((2, 6, 5, None))),
    case("ops.istft", (Symbol((None, 5)), Symbol((None, 5))), 8, 4, 8, length=20),
    case("ops.slogdet", Symbol((None, 3, 3))),
    case("ops.linalg.cholesky_inverse", Symbol((None, 2, 2))),
    # axes out of range, ranks and shapes that do not fit
    *[case(f"ops.{name}", Symbol(())) for name in ("sort", "argsort", "fliplr", "flipud", "rfft", "unstack")],
    *[case(f"ops.{name}", Symbol((2, 3)), axis=2) for name in ("flip", "cumsum", "cumprod")],
    case("ops.roll", Symbol((2, 3)), 1, 3),
    case("ops.swapaxes", 1.5, -1, -1),
    case("ops.moveaxis", V, [0], [2]),
    case("ops.moveaxis", V, 1.5, 0),
    case("ops.transpose", np.array(4, "uint32"), (0,)),
    case("ops.diagonal", Symbol((1, 3)), 0, -1, -1),
    case("ops.trace", Symbol((4, 2)), 0, 0, -2),
    case("ops.expand_dims", Symbol((2,)), None),
    case("ops.reshape", Symbol((2,)), (-1, -1)),
    case("ops.broadcast_to", Symbol((2,)), (4,)),
    case("ops.take_along_axis", Symbol((4, 3)), Symbol((4, 1), "int64"), None),
    case("ops.digitize", V, np.ones((2, 2), "float32")),
    case("ops.histogram", V, 2.5),
    case("ops.histogram", V),
    case("ops.array_split", V, [1]),
    case("ops.vander", V[0], 2.5),
    case("ops.select", None, [V]),
    case("ops.concatenate", [V, V], None),
    case("ops.unravel_index", [1], (2, None)),
    case("ops.get_item", Symbol((3, 4)), 5),
    case("ops.get_item", Symbol((3, 4)), (0, 1, 2)),
    case("ops.lcm", True, 2),
    case("ops.ldexp", V, [True, True, True]),
    case("ops.batch_normalization", Symbol((2, 3)), Symbol((3,)), Symbol((1,)), -1),
    case("ops.depth_to_space", Symbol((2, 2, 2, 8)), 1),
    case("ops.space_to_depth", Symbol((2, 2, 2, 8)), 2, "wrong"),
    case("ops.image.extract_patches_3d", np.ones((4, 4, 4, 1), "float32"), (3, 3)),
    case("ops.image.hsv_to_rgb", Symbol((2, 5, 5, 1))),
    *[case(f"ops.{name}", Symbol((None, 3))) for name in ("det", "inv", "qr", "cholesky_inverse")],
    case("ops.solve", Symbol((2, 3)), Symbol((2,))),
    case("ops.matrix_rank", Symbol((2,))),
    case("ops.lstsq", Symbol((2, 3, 3)), Symbol((2,))),
    case("ops.fft", (Symbol(()), Symbol(()))),
    case("ops.fft2", (Symbol((2,)), Symbol((2,)))),
    case("ops.irfft", (Symbol((4,)), Symbol((5,)))),
    case("ops.segment_sum", Symbol((4, 2)), Symbol((3,), "int32")),
    case("ops.view", np.array([[1, 2, 3]], "uint8"), "int16"),
    # results: values, dtypes, types
    case("ops.ndim", V),
    case("ops.top_k", V, 2),
    case("ops.qr", POSITIVE),
    case("ops.cholesky_inverse", POSITIVE),
    case("ops.lu_factor", Eager(np.zeros((0, 0), "float32"))),
    case("ops.unravel_index", np.array([1, 5], "int32"), (2, 3)),
    case("ops.right_shift", np.array([8], "int8"), 2),
    case("ops.left_shift", np.array([8], "uint8"), 2),
    case("ops.view", 4, "float32"),
    case("ops.cumsum", V, dtype="bool"),
    case("ops.cumprod", V, dtype="bool"),
    case("ops.bincount", np.zeros((0,), "int64"), minlength=3),
    case("ops.bincount", np.array([3, 5], "int64"), np.array([2, 5], "int32")),
    case("ops.one_hot", np.array([1.6, 0.2], "float32"), 3),
    case("ops.linspace", 2.0, -1.0, num=5, dtype="int32"),
    case("ops.logspace", 0, 3, num=5, dtype="int32"),
    case("ops.digitize", 1.5, [0.0, 1.0, 2.5]),
    case("ops.in_top_k", np.array([1], "int32"), np.array([[0.0, 1.0, np.inf]], "float32"), 2),
    case("ops.corrcoef", V[:1]),
    case("ops.squeeze", np.ones((1, 2), "float32"), ()),
    case("ops.full_like", 2.0, -1),
    *[case("ops.stft", SIGNAL, length, 2, 8, window=window) for length in (5, 7) for window in ("hann", "hamming")],
    *[case("ops.istft", SPECTRUM, 8, 4, 8, window=window, center=center)
      for window in ("hann", "hamming", None) for center in (True, False)],
    case("ops.istft", SPECTRUM, 5, 2, 8),
]  # fmt: skip


ROWS = [pytest.param(found, marks=() if i % 4 == 0 else pytest.mark.full) for i, found in enumerate(FOUND)]


@pytest.mark.parametrize("found", ROWS, ids=lambda found: str(found)[5:80])
def test_a_call_that_differed_agrees(found):
    kind = difference(outcome_of(minikeras, found.run), outcome_of(keras, found.run))
    assert kind is None, f"{kind[0]}: {kind[1]}"
