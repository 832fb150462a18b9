"""Calls of `tf` functions that take tensors; each operand is varied over the dtypes. See `strictness.py`.

A lower-case letter is an operand. It has the dtype below, except the one that is varied.
"""

import numpy as np

_SQUARE = [[2, 1], [1, 2]]
OPERANDS = {
    "x": ("float32", _SQUARE),
    "y": ("float32", _SQUARE),
    "z": ("float32", _SQUARE),
    "v": ("float32", [1, 2, 3]),
    "w": ("float32", [1, 1, 2]),
    "s": ("float32", 1),
    "t": ("float32", 1),
    "i": ("int32", [[0, 1], [1, 0]]),
    "j": ("int32", [0, 1]),
    "n": ("int32", 1),
    "m": ("int32", [2, 2]),
    "o": ("bool", [[1, 0], [0, 1]]),
    "a": ("string", ["1", "2"]),
    "c": ("complex64", _SQUARE),
    "g": ("float32", np.ones((1, 4, 4, 3)).tolist()),
    "h": ("float32", np.ones((1, 4, 4, 3)).tolist()),
    "f": ("float32", np.ones((2, 2, 3, 3)).tolist()),
    "e": ("float32", np.ones((1, 4, 3)).tolist()),
    "k": ("float32", np.ones((2, 3, 3)).tolist()),
    "u": ("float32", np.ones((1, 3, 3, 3, 1)).tolist()),
    "r": ("float32", np.ones((2, 2, 2, 1, 1)).tolist()),
    "b": ("float32", [[0, 0, 1, 1], [0, 0, 1, 1]]),
    "d": ("float32", [0.5, 0.5]),
}

_OF_ONE = (
    "abs acos acosh asin asinh atan atanh ceil conj cos cosh cumsum cumprod digamma erf erfc erfcinv erfinv exp expm1 "
    "floor imag real angle is_finite is_inf is_nan lgamma log log1p log_sigmoid ndtri negative reciprocal "
    "reciprocal_no_nan rint round rsqrt sigmoid sign sin sinh sqrt square tan tanh softmax softplus softsign log_softmax "
    "bessel_i0 bessel_i0e bessel_i1 bessel_i1e lbeta l2_normalize zero_fraction count_nonzero reduce_sum reduce_prod "
    "reduce_mean reduce_max reduce_min reduce_std reduce_variance reduce_logsumexp reduce_euclidean_norm argmax argmin "
    "cumulative_logsumexp is_non_decreasing is_strictly_increasing top_k"
)
_OF_TWO = (
    "add subtract multiply divide truediv floordiv floormod mod pow maximum minimum squared_difference atan2 nextafter "
    "xlogy xlog1py xdivy divide_no_nan multiply_no_nan equal not_equal less less_equal greater greater_equal igamma "
    "igammac polygamma zeta"
)
CALLS = {
    "Elementwise and reductions": [
        *(f"tf.math.{name}(x)" for name in _OF_ONE.split()),
        "tf.math.reduce_all(o)", "tf.math.reduce_any(o)", "tf.math.logical_not(o)", "tf.bitwise.invert(i)",
        "tf.math.invert_permutation(j)", "tf.math.bincount(j)",
    ],
    "Two operands": [
        *(f"tf.math.{name}(x, y)" for name in _OF_TWO.split()),
        "tf.realdiv(x, y)", "tf.truncatediv(x, y)", "tf.truncatemod(x, y)", "tf.math.scalar_mul(s, x)",
        "tf.math.logical_and(o, o)", "tf.math.logical_or(o, o)", "tf.math.logical_xor(o, o)", "tf.math.betainc(x, y, z)",
        "tf.add_n([x, y])", "tf.math.accumulate_n([x, y])", "tf.math.polyval([s, t], x)", "tf.complex(x, y)",
        *(f"tf.bitwise.{name}(i, i)" for name in "bitwise_and bitwise_or bitwise_xor left_shift right_shift".split()),
        "tf.math.in_top_k(j, x, 1)", "tf.math.confusion_matrix(j, j)", "tf.clip_by_value(x, 0, 1)",
        "tf.clip_by_value(x, s, t)", "tf.clip_by_norm(x, s)", "tf.clip_by_global_norm([x, y], s)",
        *(f"tf.math.segment_{name}(x, j)" for name in "sum mean max min prod".split()),
        *(f"tf.math.unsorted_segment_{name}(x, j, 2)" for name in "sum mean max min prod sqrt_n".split()),
    ],
    "Arrays": [
        "tf.identity(x)", "tf.shape(x)", "tf.size(x)", "tf.rank(x)", "tf.reshape(x, m)", "tf.transpose(x)", "tf.transpose(x, j)",
        "tf.expand_dims(x, 0)", "tf.expand_dims(x, n)", "tf.squeeze(x)", "tf.tile(x, m)", "tf.repeat(x, 2)", "tf.repeat(x, n, 0)",
        "tf.reverse(x, [0])", "tf.roll(x, n, 0)", "tf.broadcast_to(x, m)", "tf.concat([x, y], 0)", "tf.stack([x, y])",
        "tf.unstack(x)", "tf.split(x, 2)", "tf.split(x, [1, 1])", "tf.gather(x, i)", "tf.gather(x, n)", "tf.gather_nd(x, i)",
        "tf.slice(x, j, j)", "tf.where(o)", "tf.where(o, x, y)", "tf.boolean_mask(x, o)", "tf.pad(x, i)", "tf.fill(m, s)",
        "tf.zeros(m)", "tf.ones(m)", "tf.zeros_like(x)", "tf.ones_like(x)", "tf.one_hot(j, 3)", "tf.one_hot(j, n)",
        "tf.one_hot(j, 3, s, t)", "tf.range(n)", "tf.range(s, 3)", "tf.linspace(s, t, 3)", "tf.linspace(0.0, 1.0, n)", "tf.eye(n)",
        "tf.meshgrid(v, w)", "tf.sequence_mask(j)", "tf.sequence_mask(j, n)", "tf.sort(v)", "tf.argsort(v)", "tf.unique(v)",
        "tf.unique_with_counts(v)", "tf.searchsorted(v, w)", "tf.scatter_nd(i, v[:2], m)", "tf.tensor_scatter_nd_update(x, i, d)",
        "tf.tensor_scatter_nd_add(x, i, d)", "tf.tensor_scatter_nd_max(x, i, d)", "tf.dynamic_partition(x, j, 2)",
        "tf.dynamic_stitch([j], [x])", "tf.unravel_index(n, m)", "tf.reverse_sequence(x, j, 1)", "tf.histogram_fixed_width(v, [0.0, 5.0])",
        "tf.cast(x, tf.float32)", "tf.cast(x, tf.int32)", "tf.cast(x, tf.bool)", "tf.cast(x, tf.string)", "tf.cast(x, tf.complex64)",
        "tf.saturate_cast(x, tf.uint8)", "tf.bitcast(x, tf.int32)", "tf.convert_to_tensor(x, tf.float32)", "tf.convert_to_tensor(x, tf.int32)",
        "tf.constant(x, tf.float32)", "tf.constant(x, tf.int32)", "tf.constant(x, tf.float64)", "tf.constant(x, tf.bool)", "tf.constant(x, tf.string)",
        "tf.convert_to_tensor(x)", "tf.ensure_shape(x, (2, 2))", "tf.stop_gradient(x)", "tf.strided_slice(x, j, m)",
        "tf.map_fn(lambda p: p, x)", "tf.cond(n, lambda: 1, lambda: 0)", "tf.cond(s > 0, lambda: 1, lambda: 0)", "tf.edit_distance(tf.sparse.from_dense(i), tf.sparse.from_dense(i))",
        "x[0]", "x[n]", "x[:n]", "x[j]", "x[o]", "x[0, n]", "tf.Variable(x).assign(y)", "tf.Variable(x).assign_add(y)", "tf.Variable(x, dtype=tf.float32)", "tf.Variable(x).scatter_nd_add(i, d)",
    ],
    "Linear algebra": [
        "tf.matmul(x, y)", "tf.linalg.matvec(x, d)", "tf.tensordot(x, y, 1)", "tf.einsum('ij,jk->ik', x, y)", "tf.norm(x)", "tf.linalg.normalize(x)",
        *(f"tf.linalg.{name}(x)" for name in (
            "adjoint cholesky det diag diag_part eig eigh eigvals eigvalsh expm inv logdet lu matrix_rank matrix_transpose pinv "
            "qr slogdet sqrtm svd tensor_diag tensor_diag_part trace").split()),
        "tf.linalg.band_part(x, 0, 0)", "tf.linalg.set_diag(x, d)", "tf.linalg.solve(x, y)", "tf.linalg.cholesky_solve(x, y)", "tf.linalg.lstsq(x, y)",
        "tf.linalg.triangular_solve(x, y)", "tf.linalg.cross(v, w)", "tf.linalg.global_norm([x, y])",
    ],
    "Neural networks": [
        *(f"tf.nn.{name}(x)" for name in "relu relu6 leaky_relu elu selu gelu silu swish softmax log_softmax softplus softsign sigmoid tanh crelu l2_loss".split()),
        "tf.nn.l2_normalize(x, 1)", "tf.nn.bias_add(x, d)", "tf.nn.dropout(x, 0.5)", "tf.nn.moments(x, [0])", "tf.nn.weighted_moments(x, [0], y)",
        "tf.nn.batch_normalization(x, d, d, d, d, 0.1)", "tf.nn.conv1d(e, k, 1, 'SAME')", "tf.nn.conv2d(g, f, 1, 'SAME')", "tf.nn.conv3d(u, r, [1, 1, 1, 1, 1], 'SAME')",
        "tf.nn.depthwise_conv2d(g, f, [1, 1, 1, 1], 'SAME')", "tf.nn.conv2d_transpose(g, f, [1, 4, 4, 3], 1)", "tf.nn.max_pool2d(g, 2, 2, 'SAME')", "tf.nn.avg_pool2d(g, 2, 2, 'SAME')",
        "tf.nn.max_pool1d(e, 2, 2, 'SAME')", "tf.nn.avg_pool1d(e, 2, 2, 'SAME')", "tf.nn.space_to_depth(g, 2)", "tf.nn.local_response_normalization(g)",
        "tf.nn.softmax_cross_entropy_with_logits(x, y)", "tf.nn.sparse_softmax_cross_entropy_with_logits(j, x)", "tf.nn.sigmoid_cross_entropy_with_logits(x, y)",
        "tf.nn.weighted_cross_entropy_with_logits(x, y, s)", "tf.nn.log_poisson_loss(x, y)", "tf.nn.embedding_lookup(x, i)", "tf.nn.top_k(x)", "tf.nn.compute_average_loss(v)",
    ],
    "Images": [
        *(f"tf.image.{name}(g)" for name in (
            "flip_left_right flip_up_down transpose rot90 rgb_to_grayscale rgb_to_hsv hsv_to_rgb rgb_to_yiq rgb_to_yuv per_image_standardization total_variation sobel_edges image_gradients").split()),
        "tf.image.resize(g, m)", "tf.image.resize(g, m, 'nearest')", "tf.image.resize_with_pad(g, 2, 2)", "tf.image.resize_with_crop_or_pad(g, 2, 2)", "tf.image.central_crop(g, 0.5)", "tf.image.crop_to_bounding_box(g, 0, 0, 2, 2)",
        "tf.image.pad_to_bounding_box(g, 0, 0, 6, 6)", "tf.image.adjust_brightness(g, 0.1)", "tf.image.adjust_contrast(g, 2.0)", "tf.image.adjust_gamma(g)", "tf.image.adjust_hue(g, 0.1)",
        "tf.image.adjust_saturation(g, 2.0)", "tf.image.convert_image_dtype(g, tf.float32)", "tf.image.convert_image_dtype(g, tf.uint8)", "tf.image.random_flip_left_right(g)", "tf.image.random_brightness(g, 0.1)", "tf.image.random_contrast(g, 0.5, 1.5)",
        "tf.image.random_crop(g, [1, 2, 2, 3])", "tf.image.psnr(g, h, 1.0)", "tf.image.ssim(g, h, 1.0, filter_size=2)", "tf.image.extract_patches(g, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], 'SAME')",
        "tf.image.non_max_suppression(b, d, 1)", "tf.image.crop_and_resize(g, b[:1], j[:1], m)", "tf.image.draw_bounding_boxes(g, b[None], None)", "tf.image.stateless_random_flip_left_right(g, m)", "tf.image.grayscale_to_rgb(g[..., :1])",
    ],
    "Strings": [
        *(f"tf.strings.{name}(a)" for name in "length lower upper strip split bytes_split reduce_join to_number as_string".split()), "tf.strings.as_string(x)", "tf.strings.join([a, a])",
        "tf.strings.regex_replace(a, 'x', 'y')", "tf.strings.regex_full_match(a, 'x')", "tf.strings.substr(a, 0, 1)", "tf.strings.substr(a, n, n)", "tf.strings.to_hash_bucket_fast(a, 3)", "tf.strings.unicode_decode(a, 'UTF-8')",
        "tf.strings.unicode_split(a, 'UTF-8')", "tf.strings.unicode_encode(i, 'UTF-8')", "tf.strings.format('{}', x)", "tf.io.decode_raw(a, tf.uint8)", "tf.strings.ngrams(a, 2)",
    ],
    "Random numbers": [
        "tf.random.normal(m)", "tf.random.uniform(m)", "tf.random.uniform(m, s, t + 3)", "tf.random.uniform((2,), maxval=n, dtype=tf.int32)", "tf.random.normal((2,), s, t)", "tf.random.truncated_normal(m, s, t)", "tf.random.shuffle(x)", "tf.random.categorical(x, 2)",
        "tf.random.categorical(x, n)", "tf.random.gamma(m, s)", "tf.random.poisson(m, s)", "tf.random.stateless_normal(m, j)", "tf.random.stateless_uniform(m, j)", "tf.random.stateless_uniform(m, j, s, t + 1)", "tf.random.stateless_categorical(x, 2, j)", "tf.random.normal(m, dtype=tf.int32)", "tf.random.uniform(m, dtype=tf.int32)",
    ],
    "Fourier transforms": [
        *(f"tf.signal.{name}(c)" for name in "fft ifft fft2d ifft2d irfft irfft2d fftshift ifftshift".split()), "tf.signal.rfft(x)", "tf.signal.rfft2d(x)", "tf.signal.dct(x)", "tf.signal.idct(x)", "tf.signal.frame(v, 2, 1)",
        "tf.signal.stft(v, 2, 1)", "tf.signal.overlap_and_add(x, 1)",
    ],
}  # fmt: skip
