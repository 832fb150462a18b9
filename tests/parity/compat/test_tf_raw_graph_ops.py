"""Raw ops that are operations of graphs alone, against the live TensorFlow: values, dtypes and shapes."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as namespace  # noqa: E402
from minikeras.compat.tensorflow.raw_ops import GRAPH_OPS_ALONE  # noqa: E402

ROUNDING = 2e-5  # of float32
R = np.random.RandomState(0)
X = np.float32([[0.2, 0.7, 0.4], [0.9, 0.1, 0.3]])
Y = np.float32([[0.5, 0.7, 0.6], [0.2, 0.8, 0.3]])
Z = np.complex64([1 + 2j, 3 - 1j, -2j, 0.5])
N, J = np.int32([[5, -7, 9], [2, 4, -6]]), np.int32([[3, 2, 5], [1, 3, 4]])
SQUARE = np.float32([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 5.0]])
IMAGE = R.rand(2, 6, 5, 3).astype("f")
VOLUME = R.rand(1, 4, 4, 4, 2).astype("f")
KERNEL = R.rand(3, 2, 3, 4).astype("f")
TEXTS = np.array([b"Hello World", b" a b ", b""], object)
SIGNAL = R.rand(2, 8).astype("f")
STEPS = [1, 1, 1, 1]
BATCH_NORM = {
    "x": IMAGE, "scale": np.float32([1, 2, 3]), "offset": np.float32([0, 1, 2]), "epsilon": 1e-3,
    "mean": np.float32([0.1, 0.2, 0.3]), "variance": np.float32([1, 2, 3]),
}  # fmt: skip
SEED = {"key": np.uint64([7]), "counter": np.uint64([0, 9]), "alg": 1}
CASES = {
    "Abs": {"x": X},
    "AddN": {"inputs": [X, Y, X]},
    "AdjustContrastv2": {"images": IMAGE, "contrast_factor": 0.5},
    "Angle": {"input": Z},
    "ApproximateEqual": {"x": X, "y": Y},
    "AsString": {"input": X, "precision": 2},
    "Assert": None,
    "AvgPool": {"value": IMAGE, "ksize": [1, 3, 2, 1], "strides": [1, 2, 1, 1], "padding": "SAME"},
    "AvgPool3D": {"input": VOLUME, "ksize": [1, 2, 2, 2, 1], "strides": [1, 2, 2, 2, 1], "padding": "VALID"},
    "BatchMatMul": {"x": X[None], "y": Y[None], "adj_y": True},
    "BatchToSpaceND": {"input": np.tile(IMAGE, (2, 1, 1, 1)), "block_shape": [2, 2], "crops": [[0, 1], [1, 0]]},
    "Bincount": {"arr": J, "size": 6, "weights": np.float32([])},
    "Bitcast": {"input": X, "type": tf.int32},
    "BitwiseAnd": {"x": N, "y": J},
    "BitwiseOr": {"x": N, "y": J},
    "BitwiseXor": {"x": N, "y": J},
    "BroadcastArgs": {"s0": [2, 1, 3], "s1": [4, 1]},
    "Bucketize": {"input": X, "boundaries": [0.2, 0.4, 0.8]},
    "Cholesky": {"input": SQUARE},
    "ClipByValue": {"t": X, "clip_value_min": 0.3, "clip_value_max": 0.6},
    "Complex": {"real": X, "imag": Y},
    "ComplexAbs": {"x": Z},
    "Conj": {"input": Z},
    "Conv2D": {"input": IMAGE, "filter": KERNEL, "strides": [1, 2, 1, 1], "padding": "EXPLICIT",
               "explicit_paddings": [0, 0, 1, 0, 0, 2, 0, 0]},
    "Conv2DBackpropInput": {"input_sizes": [2, 6, 5, 3], "filter": KERNEL,
                            "out_backprop": R.rand(2, 3, 3, 4).astype("f"), "strides": [1, 2, 2, 1], "padding": "SAME"},
    "Conv3D": {"input": VOLUME, "filter": R.rand(2, 3, 2, 2, 3).astype("f"), "strides": [1, 1, 2, 1, 1],
               "padding": "SAME"},
    "Conv3DBackpropInputV2": {"input_sizes": [1, 4, 4, 4, 2], "filter": R.rand(2, 2, 2, 2, 3).astype("f"),
                              "out_backprop": R.rand(1, 2, 2, 2, 3).astype("f"), "strides": [1, 2, 2, 2, 1],
                              "padding": "VALID"},
    "CropAndResize": {"image": IMAGE, "boxes": np.float32([[0, 0, 1, 0.5]]), "box_ind": [1], "crop_size": [3, 4]},
    "Cross": {"a": X, "b": Y},
    "CumulativeLogsumexp": {"x": X, "axis": 1, "reverse": True},
    "DenseBincount": {"input": J, "size": 6, "weights": np.float32([]), "binary_output": True},
    "DepthToSpace": {"input": R.rand(1, 2, 3, 8).astype("f"), "block_size": 2},
    "DepthwiseConv2dNative": {"input": IMAGE, "filter": R.rand(3, 2, 3, 2).astype("f"), "strides": [1, 2, 2, 1],
                              "padding": "SAME"},
    "Diag": {"diagonal": X[0]},
    "DiagPart": {"input": SQUARE},
    "Div": {"x": N, "y": J},
    "Einsum": {"inputs": [X, Y], "equation": "ab,cb->ac"},
    "EnsureShape": {"input": X, "shape": [2, None]},
    "Erfinv": {"x": X},
    "EuclideanNorm": {"input": X, "axis": [1]},
    "ExtractImagePatches": {"images": IMAGE, "ksizes": [1, 2, 2, 1], "strides": STEPS, "rates": STEPS,
                            "padding": "VALID"},
    "FFT": {"input": Z}, "IFFT": {"input": Z},
    "FFT2D": {"input": Z.reshape(2, 2)}, "IFFT2D": {"input": Z.reshape(2, 2)},
    "FFT3D": {"input": Z.reshape(1, 2, 2)}, "IFFT3D": {"input": Z.reshape(1, 2, 2)},
    "FusedBatchNorm": {**BATCH_NORM, "is_training": False},
    "FusedBatchNormV2": {**BATCH_NORM, "is_training": False},
    "FusedBatchNormV3": {**BATCH_NORM, "is_training": False},
    "Gather": {"params": X, "indices": [1, 0]},
    "IdentityN": {"input": [X, Y]},
    "Imag": {"input": Z},
    "ImageProjectiveTransformV3": {"images": IMAGE, "transforms": np.float32([[1, 0.1, 0.5, 0, 0.9, 0.2, 0, 0]]),
                                   "output_shape": [6, 5], "fill_value": 0.5, "interpolation": "BILINEAR",
                                   "fill_mode": "REFLECT"},
    "InTopKV2": {"predictions": X, "targets": [1, 2], "k": 1},
    "Inv": {"x": X},
    "Invert": {"x": N},
    "IRFFT": {"input": Z[None], "fft_length": [6]},
    "IRFFT2D": {"input": Z.reshape(2, 2), "fft_length": [2, 2]},
    "IRFFT3D": {"input": Z.reshape(1, 2, 2), "fft_length": [1, 2, 2]},
    "LeftShift": {"x": J, "y": J},
    "LinSpace": {"start": 1.0, "stop": 3.0, "num": 5},
    "LowerBound": {"sorted_inputs": np.float32([[0.1, 0.5, 0.9]] * 2), "values": X},
    "UpperBound": {"sorted_inputs": np.float32([[0.1, 0.7, 0.9]] * 2), "values": X},
    "LRN": {"input": IMAGE, "depth_radius": 1},
    "MatrixBandPart": {"input": SQUARE, "num_lower": 1, "num_upper": 0},
    "MatrixDeterminant": {"input": SQUARE},
    "MatrixDiag": {"diagonal": X},
    "MatrixDiagPart": {"input": SQUARE},
    "MatrixDiagPartV3": {"input": SQUARE, "k": [-1, 1], "padding_value": 9.0},
    "MatrixDiagV3": {"diagonal": X, "k": 1, "num_rows": -1, "num_cols": -1, "padding_value": 9.0},
    "MatrixInverse": {"input": SQUARE, "adjoint": True},
    "MatrixSetDiag": {"input": SQUARE, "diagonal": X[0]},
    "MatrixSetDiagV3": {"input": SQUARE, "diagonal": X[0], "k": 0},
    "MatrixSolve": {"matrix": SQUARE, "rhs": X.T},
    "MatrixTriangularSolve": {"matrix": SQUARE, "rhs": X.T, "lower": False, "adjoint": True},
    "MaxPool": {"input": IMAGE, "ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "VALID"},
    "MaxPool3D": {"input": VOLUME, "ksize": [1, 2, 2, 2, 1], "strides": [1, 1, 2, 2, 1], "padding": "SAME"},
    "MaxPoolWithArgmax": {"input": IMAGE, "ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "VALID"},
    "MirrorPad": {"input": X, "paddings": [[1, 0], [1, 2]], "mode": "SYMMETRIC"},
    "Mod": {"x": N, "y": J},
    "Ndtri": {"x": X},
    "NextAfter": {"x1": X, "x2": Y},
    "OneHot": {"indices": J, "depth": 4, "on_value": 2.0, "off_value": 0.5, "axis": 0},
    "PadV2": {"input": X, "paddings": [[1, 0], [0, 1]], "constant_values": 7.0},
    "PreventGradient": {"input": X},
    "Qr": None,  # signs of columns are free
    "RaggedTensorToTensor": {"shape": np.int64([-1, 3]), "values": [1, 2, 3, 4], "default_value": 0,
                             "row_partition_tensors": [np.int64([0, 1, 1, 4])], "row_partition_types": ["ROW_SPLITS"]},
    "Rank": {"input": X},
    "Real": {"input": Z},
    "ReduceJoin": {"inputs": TEXTS, "reduction_indices": [0], "separator": "-"},
    "RegexFullMatch": {"input": TEXTS, "pattern": "H.*"},
    "RegexReplace": {"input": TEXTS, "pattern": "[ab]", "rewrite": "<\\0>"},
    "ResizeArea": {"images": IMAGE, "size": [3, 4]},
    "ResizeBicubic": {"images": IMAGE, "size": [4, 7], "half_pixel_centers": True},
    "ResizeBilinear": {"images": IMAGE, "size": [4, 7], "align_corners": True},
    "ResizeNearestNeighbor": {"images": IMAGE, "size": [4, 7]},
    "ReverseSequence": {"input": X, "seq_lengths": [2, 3], "seq_dim": 1, "batch_dim": 0},
    "RFFT": {"input": SIGNAL, "fft_length": [6]},
    "RFFT2D": {"input": SIGNAL, "fft_length": [2, 8]},
    "RFFT3D": {"input": SIGNAL[None], "fft_length": [1, 2, 8]},
    "RGBToHSV": {"images": IMAGE},
    "HSVToRGB": {"images": IMAGE},
    "RightShift": {"x": N, "y": J},
    "Roll": {"input": X, "shift": [1, 2], "axis": [0, 1]},
    "Select": {"condition": [True, False], "x": X, "y": Y},
    "Shape": {"input": X, "out_type": tf.int64},
    "ShapeN": {"input": [X, IMAGE]},
    "Size": {"input": X},
    "Slice": {"input": X, "begin": [0, 1], "size": [-1, 2]},
    "Snapshot": {"input": X},
    "SoftmaxCrossEntropyWithLogits": {"features": X, "labels": Y},
    "SparseSoftmaxCrossEntropyWithLogits": {"features": X, "labels": [1, 2]},
    "SpaceToBatchND": {"input": IMAGE, "block_shape": [2, 2], "paddings": [[0, 0], [1, 0]]},
    "SpaceToDepth": {"input": R.rand(1, 4, 6, 2).astype("f"), "block_size": 2},
    "SparseCross": {"indices": [], "values": [], "shapes": [],
                    "dense_inputs": [TEXTS[:, None], np.int64([[1], [2], [3]])],
                    "hashed_output": True, "num_buckets": 9, "hash_key": 956888297470, "out_type": tf.int64,
                    "internal_type": tf.int64},
    "SparseToDense": {"sparse_indices": [[0, 1], [1, 2]], "output_shape": [2, 3], "sparse_values": [5, 6],
                      "default_value": 1},
    "Split": {"axis": 1, "value": X, "num_split": 3},
    "SplitV": {"value": X, "size_splits": [1, -1], "axis": 1, "num_split": 2},
    "StatelessRandomGetAlg": {},
    "StatelessRandomGetKeyCounter": {"seed": [3, 5]},
    "StatelessRandomNormalV2": {"shape": [3], **SEED},
    "StatelessRandomUniformFullIntV2": {"shape": [3], **SEED},
    "StatelessRandomUniformIntV2": {"shape": [3], **SEED, "minval": 2, "maxval": 9},
    "StatelessRandomUniformV2": {"shape": [3], **SEED},
    "StatelessTruncatedNormalV2": {"shape": [3], **SEED},
    "StaticRegexFullMatch": {"input": TEXTS, "pattern": ".*o.*"},
    "StaticRegexReplace": {"input": TEXTS, "pattern": "[ab]", "rewrite": "x", "replace_global": False},
    "StridedSlice": {"input": IMAGE, "begin": [0, 1, 0], "end": [0, 5, 2], "strides": [1, 2, 1], "begin_mask": 4,
                     "ellipsis_mask": 1, "shrink_axis_mask": 4},
    "StringJoin": {"inputs": [TEXTS, TEXTS], "separator": "-"},
    "StringLength": {"input": TEXTS},
    "StringLower": {"input": TEXTS},
    "StringNGrams": {"data": TEXTS, "data_splits": np.int64([0, 2, 3]), "separator": " ", "ngram_widths": [2],
                     "left_pad": "<", "right_pad": ">", "pad_width": 0, "preserve_short_sequences": True},
    "StringSplitV2": {"input": TEXTS, "sep": ""},
    "StringStrip": {"input": TEXTS},
    "StringToHashBucketFast": {"input": TEXTS, "num_buckets": 7},
    "StringToHashBucketStrong": {"input": TEXTS, "num_buckets": 7, "key": [1, 2]},
    "StringToNumber": {"string_tensor": np.array([b"1.5", b"2"], object)},
    "StringUpper": {"input": TEXTS},
    "Substr": {"input": TEXTS[:2], "pos": 1, "len": 3},
    "TensorScatterAdd": {"tensor": X, "indices": [[1]], "updates": Y[:1]},
    "TensorScatterMax": {"tensor": X, "indices": [[1]], "updates": Y[:1]},
    "TensorScatterMin": {"tensor": X, "indices": [[1]], "updates": Y[:1]},
    "TensorScatterSub": {"tensor": X, "indices": [[1]], "updates": Y[:1]},
    "TensorScatterUpdate": {"tensor": X, "indices": [[1]], "updates": Y[:1]},
    "TopKV2": {"input": X, "k": 2},
    "TruncateDiv": {"x": N, "y": J},
    "TruncateMod": {"x": N, "y": J},
    "Unique": {"x": [4, 2, 4, 1, 2]},
    "UniqueWithCounts": {"x": [4, 2, 4, 1, 2]},
    "UnravelIndex": {"indices": [3, 5], "dims": [2, 3]},
    "Unpack": {"value": X, "num": 3, "axis": 1},
    "UnsortedSegmentMax": {"data": X, "segment_ids": [1, 1], "num_segments": 3},
    "UnsortedSegmentMin": {"data": X, "segment_ids": [1, 0], "num_segments": 2},
    "UnsortedSegmentProd": {"data": X, "segment_ids": [1, 1], "num_segments": 3},
    "UnsortedSegmentSum": {"data": X, "segment_ids": [2, 1], "num_segments": 3},
    "Where": {"condition": [[True, False], [True, True]]},
    "Xlog1py": {"x": X, "y": Y},
    **dict.fromkeys(("RandomStandardNormal", "RandomUniform", "RandomUniformInt", "TruncatedNormal")),  # other numbers
}  # fmt: skip


def test_every_operation_has_a_case():
    assert set(GRAPH_OPS_ALONE) == set(CASES) & set(GRAPH_OPS_ALONE)


@pytest.mark.parametrize("name", [name for name in GRAPH_OPS_ALONE if CASES.get(name) is not None])
def test_raw_op(name):
    given = CASES[name]
    expected = getattr(tf.raw_ops, name)(**given)
    found = getattr(namespace.raw_ops, name)(**{word: ours(value) for word, value in given.items()})
    if isinstance(expected, tuple):
        assert found._fields == expected._fields
    expected = list(expected) if isinstance(expected, (tuple, list)) else [expected]
    found = list(found) if isinstance(found, (tuple, list)) else [found]
    statistics = name.startswith("FusedBatchNorm")  # of which the last are for TensorFlow's gradient alone
    assert len(found) == len(expected)
    for y, theirs in list(zip(found, expected, strict=True))[: 3 if statistics else None]:
        assert y.dtype == theirs.dtype.name
        assert tuple(y.shape) == tuple(theirs.shape)
        if theirs.dtype == tf.string:
            assert np.asarray(y.numpy(), object).tolist() == np.asarray(theirs.numpy(), object).tolist()
        else:
            np.testing.assert_allclose(y, theirs, rtol=ROUNDING, atol=ROUNDING)


def ours(value):
    return getattr(namespace, value.name) if isinstance(value, tf.DType) else value
