"""Arguments of `keras.ops.nn` whose shapes depend on each other. See `function_arguments`."""

import numpy as np

from tests.differential.function_arguments import of, optional

FORMATS = ("channels_last", "channels_last", "channels_first", None)


def spatial(c, rank=None, channels=None, lengths=(5, 6, 4, 7)):
    """(array of `rank` spatial axes, data format, rank, channels)"""
    rank = rank or c.pick(2, 1, 3)
    channels = channels or c.pick(2, 1, 3, 4)
    layout = c.pick(*FORMATS)
    lengths = tuple(c.pick(*lengths) for _ in range(rank))
    batch = c.pick(2, 1, 0) if c.chance(20) else 2
    shape = (batch, channels, *lengths) if layout == "channels_first" else (batch, *lengths, channels)
    return c.finite(shape, c.pick("float32", "float32", "float64", "float16")), layout, rank, channels


@of("average_pool", "max_pool")
def pool(c):
    x, layout, rank, _ = spatial(c)
    return {
        "inputs": x,
        "pool_size": c.pick(2, (2,) * rank, [3] * rank, (2, 1, 2)[:rank]),
        **optional(c, strides=c.pick(None, 1, (2,) * rank), padding=c.pick("valid", "same", "SAME", "wrong")),
        "data_format": layout,
    }


@of("adaptive_average_pool", "adaptive_max_pool")
def adaptive(c):
    x, layout, rank, _ = spatial(c)
    return {
        "inputs": x,
        "output_size": c.pick(2, (2,) * rank, (3, 2, 1)[:rank], 1, (2, 2, 2, 2)),
        "data_format": layout,
    }


def windows(c, rank):
    strides, dilation = c.pick((1, 1), (2, 1), (1, 2), (2, 2), ((2,) * rank, 1), (1, (2,) * rank))
    return {
        **optional(c, strides=strides),
        **optional(c, padding=c.pick("valid", "same", "SAME", "wrong")),
        **optional(c, dilation_rate=dilation),
    }


@of("conv")
def conv(c):
    x, layout, rank, channels = spatial(c)
    groups = c.pick(1, 1, 2) if channels % 2 == 0 else 1
    kernel = c.finite((*[c.pick(3, 2, 1) for _ in range(rank)], channels // groups + (c.chance(4)), 4), x.dtype.name)
    return {"inputs": x, "kernel": kernel, **windows(c, rank), "data_format": layout}


@of("depthwise_conv", "separable_conv")
def depthwise_conv(c):
    x, layout, rank, channels = spatial(c, c.pick(2, 1))
    return {
        "inputs": x,
        "kernel": c.finite((*[c.pick(3, 2, 1) for _ in range(rank)], channels, c.pick(1, 2)), x.dtype.name),
        **windows(c, rank),
        "data_format": layout,
    }


@of("separable_conv")
def separable_conv(c):
    drawn = depthwise_conv(c)
    kernel = drawn.pop("kernel")
    pointwise = c.finite((*(1,) * (kernel.ndim - 2), kernel.shape[-1] * kernel.shape[-2], 3), kernel.dtype.name)
    return {"inputs": drawn.pop("inputs"), "depthwise_kernel": kernel, "pointwise_kernel": pointwise, **drawn}


@of("conv_transpose")
def conv_transpose(c):
    x, layout, rank, channels = spatial(c, lengths=(3, 4, 2))
    kernel = c.finite((*[c.pick(3, 2, 1, 4) for _ in range(rank)], 3, channels), x.dtype.name)
    return {
        "inputs": x,
        "kernel": kernel,
        **windows(c, rank),
        **optional(c, output_padding=c.pick(None, 0, 1, (1,) * rank)),
        "data_format": layout,
    }


@of("batch_normalization")
def batch_normalization(c):
    x = c.finite(c.shape(1, 4))
    axis = c.integer(-x.ndim, x.ndim - 1)
    vector = lambda low: c.finite((x.shape[axis] + c.chance(5),), x.dtype.name, low)  # noqa: E731
    return {
        "x": x,
        "mean": vector(-2),
        "variance": vector(0.5),
        "axis": axis,
        **optional(c, offset=vector(-2), scale=vector(-2), epsilon=c.pick(1e-3, 1)),
    }


@of("layer_normalization", "rms_normalization")
def layer_normalization(c):
    x = c.finite(c.shape(1, 4))
    axis = c.pick(-1, 0, c.axis(x.ndim), (-1,), (-2, -1), [0, 1])
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    shape = tuple(x.shape[a] for a in axes) if all(-x.ndim <= a < x.ndim for a in axes) else (2,)
    return {
        "x": x,
        **optional(c, gamma=c.finite(shape, x.dtype.name), beta=c.finite(shape, x.dtype.name)),
        **optional(c, axis=axis, epsilon=c.pick(1e-3, None)),
    }


@of("rms_normalization")
def rms_normalization(c):
    drawn = layer_normalization(c)
    drawn.pop("beta", None)
    return {"scale" if word == "gamma" else word: value for word, value in drawn.items()}


@of("binary_crossentropy")
def binary_crossentropy(c):
    x = c.finite(c.shape(), low=0, high=1)
    target = c.pick(
        c.array(x.shape, "bool"), c.finite(x.shape, "float32", 0, 1), c.array(x.shape, "int32", 0, 1), c.array()
    )
    return {"target": target, "output": x, **optional(c, from_logits=c.pick(True, False))}


@of("categorical_crossentropy")
def categorical_crossentropy(c):
    x = c.finite(c.shape(1, 3), low=0, high=1)
    return {
        "target": c.finite(x.shape if c.chance(90) else None, "float32", 0, 1),
        "output": x,
        **optional(c, from_logits=c.pick(True, False), axis=c.axis(x.ndim)),
    }


@of("sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(c):
    x = c.finite(c.shape(1, 3, (3, 2, 4)), low=0, high=1)
    shape = c.pick(x.shape[:-1], x.shape[:-1], (*x.shape[:-1], 1), c.shape(0, 2))
    return {
        "target": c.array(shape, c.pick("int32", "int64", "uint8"), 0, 1),
        "output": x,
        **optional(c, from_logits=c.pick(True, False), axis=c.pick(-1, c.axis(x.ndim))),
    }


@of("ctc_loss")
def ctc_loss(c):
    n, length, steps, classes = 2, c.pick(2, 3), c.pick(5, 6), 4
    return {
        "target": c.array((n, length), "int32", 1, 3),
        "output": c.finite((n, steps, classes), c.pick("float32", "float64")),
        "target_length": c.array((n + c.chance(3),), "int32", 1, length),
        "output_length": np.full((n,), steps, "int32"),
        **optional(c, mask_index=0),
    }


@of("ctc_decode")
def ctc_decode(c):
    n, steps, classes = 2, c.pick(4, 5), c.pick(3, 4)
    return {
        "inputs": c.finite((n, steps, classes), "float32"),
        "sequence_lengths": c.array((n,), "int32", 1, steps),
        **optional(c, strategy=c.pick("greedy", "beam_search", "wrong")),
        **optional(
            c,
            top_paths=c.pick(1, 2),
            beam_width=c.pick(3, 5),
            mask_index=c.pick(0, classes - 1),
            merge_repeated=c.pick(True, False),
        ),
    }


@of("depth_to_space", "space_to_depth")
def depth_to_space(c):
    x, layout, _, _ = spatial(c, 2, c.pick(4, 8, 3), (4, 2, 6, 5))
    return {"x": x, "block_size": c.pick(2, 1, 3), "data_format": layout or "channels_last"}


@of("dot_product_attention")
def dot_product_attention(c):
    n, t, s, heads, d = 2, c.pick(3, 4), c.pick(3, 5), c.pick(2, 4), 3
    kv = c.pick(heads, 1)
    dtype = c.pick("float32", "float64", "float16")
    q, k, v = c.finite((n, t, heads, d), dtype), c.finite((n, s, kv, d), dtype), c.finite((n, s, kv, d), dtype)
    return {
        "query": q,
        "key": k,
        "value": v,
        **optional(
            c,
            bias=c.finite(c.pick((n, heads, t, s), (1, 1, t, s), (t, s)), dtype),
            mask=c.array(c.pick((n, heads, t, s), (1, 1, t, s), (n, 1, t, s), (s,)), "bool"),
        ),
        **optional(c, scale=c.pick(None, 0.5), is_causal=c.pick(True, False)),
        **({"flash_attention": c.pick(False, True)} if c.chance(10) else {}),
        **({"attn_logits_soft_cap": 2.0} if c.chance(20) else {}),
    }


@of("fold")
def fold(c):
    return {
        "x": c.finite((2, 8, c.pick(4, 9)), "float32"),
        "output_size": c.pick((4, 4), 4, (3, 3)),
        "kernel_size": c.pick(2, (2, 2)),
        "stride": c.pick(2, 1),
        **optional(c, padding=c.pick(0, 1), dilation=1),
    }


@of("unfold")
def unfold(c):
    return {
        "x": c.finite((2, 2, c.pick(4, 5), c.pick(4, 6)), "float32"),
        "kernel_size": c.pick(2, (2, 3)),
        **optional(c, dilation=c.pick(1, 2), padding=c.pick(0, 1, (1, 0)), stride=c.pick(1, 2)),
    }


@of("glu")
def glu(c):
    x = c.array(c.shape(1, 3, (4, 2, 3)))
    return {"x": x, **optional(c, axis=c.axis(x.ndim))}


@of("softmax", "log_softmax", "sparsemax")
def softmax(c):
    x = c.array(dtype=c.pick("float32", "float32", "float64", "float16", "int32"))
    return {"x": x, **optional(c, axis=c.pick(c.axis(x.ndim), None, (0, -1), (0,)))}


@of("sparsemax")
def sparsemax(c):
    x = c.finite(c.shape(1, 3))
    return {"x": x, **optional(c, axis=c.axis(x.ndim))}


@of("moments")
def moments(c):
    x = c.array(dtype=c.pick("float32", "float32", "float64", "float16", "int32"))
    return {"x": x, "axes": c.axes(x.ndim), **optional(c, keepdims=c.pick(True, False))}


@of("one_hot")
def one_hot(c):
    x = c.array(dtype=c.pick("int32", "int64", "uint8", "bool", "float32"), low=-1, high=4)
    return {
        "x": x,
        "num_classes": c.pick(3, 1, 0, 5),
        **optional(c, axis=c.pick(-1, 0, 1, c.axis(x.ndim + 1)), dtype=c.dtype()),
    }


@of("multi_hot")
def multi_hot(c):
    x = c.array(dtype=c.pick("int32", "int64", "uint8"), low=-1, high=4)
    return {"inputs": x, "num_classes": c.pick(3, 1, 5), **optional(c, axis=c.pick(-1, 0, 1), dtype=c.dtype())}


@of("normalize")
def normalize(c):
    x = c.array()
    return {
        "x": x,
        **optional(c, axis=c.axes(x.ndim), order=c.pick(2, 1, 3, 0, np.inf, "wrong", 2.5), epsilon=c.pick(None, 0.1)),
    }


@of("polar")
def polar(c):
    x = c.finite()
    return {"abs_": x, "angle": c.finite(x.shape, x.dtype.name)}


@of("psnr")
def psnr(c):
    x = c.finite(low=0, high=1)
    return {
        "x1": x,
        "x2": c.finite(x.shape if c.chance(90) else None, x.dtype.name, 0, 1),
        "max_val": c.pick(1.0, 255, 2),
    }
