"""Convolutions of images: forward, kernel gradient, input gradient, next to TensorFlow's and PyTorch's ops.

Ours are timed as compiled steps run them (jobs on buffers of their own), and as eager code calls them.
"""

import pytest

from benchmarks.goals import CONVOLUTION, CONVOLUTION_3X3
from benchmarks.inputs import bytes_of, normal, product
from benchmarks.planned import by_jobs
from minikeras.kernels import convolution
from minikeras.kernels.convolution import algorithms, depthwise_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.windows import explicit_pads, output_sizes

SHAPES = {  # batch, size, channels, filters, window, stride, dilation, padding
    "16×32×32, 64→64, 3×3": (16, 32, 64, 64, 3, 1, 1, "same"),
    "16×16×16, 64→128, 3×3": (16, 16, 64, 128, 3, 1, 1, "same"),
    "16×16×16, 128→128, 3×3": (16, 16, 128, 128, 3, 1, 1, "same"),
    "32×8×8, 128→128, 3×3": (32, 8, 128, 128, 3, 1, 1, "same"),
    "32×13×13, 32→64, 3×3 valid": (32, 13, 32, 64, 3, 1, 1, "valid"),
    "32×28×28, 1→32, 3×3 valid": (32, 28, 1, 32, 3, 1, 1, "valid"),
    "16×32×32, 3→64, 3×3": (16, 32, 3, 64, 3, 1, 1, "same"),
    "16×16×16, 64→128, 1×1": (16, 16, 64, 128, 1, 1, 1, "same"),
    "32×14×14, 32→64, 5×5": (32, 14, 32, 64, 5, 1, 1, "same"),
    "16×16×16, 64→128, 3×3 stride 2": (16, 16, 64, 128, 3, 2, 1, "same"),
}
MORE_SHAPES = {
    "16×16×16, 64→128, 1×1 stride 2": (16, 16, 64, 128, 1, 2, 1, "same"),
    "16×64×64, 3→32, 7×7 stride 2": (16, 64, 3, 32, 7, 2, 1, "same"),
    "16×16×16, 20→50, 3×3": (16, 16, 20, 50, 3, 1, 1, "same"),
    "16×15×15, 33→65, 5×5": (16, 15, 33, 65, 5, 1, 1, "same"),
    "16×16×16, 64→64, 3×3 dilation 2": (16, 16, 64, 64, 3, 1, 2, "same"),
    "1×28×28, 1→32, 3×3 valid": (1, 28, 1, 32, 3, 1, 1, "valid"),
    "16×64×64, 32→3, 5×5": (16, 64, 32, 3, 5, 1, 1, "same"),
}
PASSES = ("forward", "kernel gradient", "input gradient")


def _geometry(size, window, stride, dilation, padding):
    """(strides, pads, dilation) and the sizes of the outputs."""
    sizes, windows, strides, dilations = ((n, n) for n in (size, window, stride, dilation))
    pads = explicit_pads(padding, sizes, windows, strides, dilations)
    return (strides, pads, dilations), output_sizes(sizes, windows, strides, pads, dilations)


@pytest.mark.parametrize("which", PASSES)
@pytest.mark.parametrize("name", [*SHAPES, *MORE_SHAPES])
def test_convolution(side_by_side, tf, torch, name, which):
    batch, size, channels, filters, window, stride, dilation, padding = {**SHAPES, **MORE_SHAPES}[name]
    geometry, outputs = _geometry(size, window, stride, dilation, padding)
    x, kernel, dy = normal(
        (batch, size, size, channels), (window, window, channels, filters), (batch, *outputs, filters)
    )
    y, dkernel, dx = aligned(dy.shape), aligned(kernel.shape), aligned(x.shape)
    compiled = {
        "forward": lambda: by_jobs(algorithms.forward_jobs(x, kernel, None, y, *geometry), y),
        "kernel gradient": lambda: by_jobs(algorithms.kernel_gradient_jobs(x, dy, dkernel, *geometry), dkernel),
        "input gradient": lambda: by_jobs(algorithms.input_gradient_jobs(dy, kernel, dx, *geometry), dx),
    }
    eager = {
        "forward": lambda: convolution.convolution(x, kernel, *geometry),
        "kernel gradient": lambda: convolution.convolution_kernel_gradient(x, dy, (window, window), *geometry),
        "input gradient": lambda: convolution.convolution_input_gradient(dy, kernel, (size, size), *geometry),
    }
    side_by_side(
        f"convolution {name}: {which}",
        goals=(CONVOLUTION_3X3 if name in SHAPES and window == 3 and stride == 1 else CONVOLUTION,),
        work=(2 * dy.size * window * window * channels, bytes_of(x, kernel, dy)),
        minikeras=compiled[which](),
        eager=eager[which],
        tensorflow=tf and _tensorflow(tf, x, kernel, dy, stride, dilation, padding)[which],
        pytorch=torch and _torch(torch, x, kernel, dy, geometry)[which],
    )


def _tensorflow(tf, x, kernel, dy, stride, dilation, padding):
    options = {
        "strides": [1, stride, stride, 1], "dilations": [1, dilation, dilation, 1], "padding": padding.upper()
    }  # fmt: skip
    tx, tkernel, tdy = map(tf.constant, (x, kernel, dy))
    backward = {"out_backprop": tdy, **options}
    return {
        "forward": lambda: tf.nn.conv2d(tx, tkernel, **options),
        "kernel gradient": lambda: tf.raw_ops.Conv2DBackpropFilter(input=tx, filter_sizes=kernel.shape, **backward),
        "input gradient": lambda: tf.raw_ops.Conv2DBackpropInput(input_sizes=x.shape, filter=tkernel, **backward),
    }


def _torch(torch, x, kernel, dy, geometry, groups=1):
    """PyTorch's ops on the same memory, channels last; None for paddings that it does not have (unequal sides)."""
    strides, pads, dilations = geometry
    if any(before != after for before, after in pads):
        return dict.fromkeys(PASSES)
    tx, tdy = (torch.from_numpy(array).permute(0, 3, 1, 2) for array in (x, dy))
    weights = torch.from_numpy(kernel).permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
    padding = [before for before, _ in pads]

    def backward(*wanted):
        def run():
            gradients = torch.ops.aten.convolution_backward(
                tdy, tx, weights, None, strides, padding, dilations, False, [0, 0], groups, [*wanted, False]
            )
            return gradients[0].permute(0, 2, 3, 1) if wanted[0] else gradients[1].permute(2, 3, 1, 0)

        return run

    def forward():
        return torch.nn.functional.conv2d(tx, weights, None, strides, padding, dilations, groups).permute(0, 2, 3, 1)

    return {"forward": forward, "kernel gradient": backward(False, True), "input gradient": backward(True, False)}


DEPTHWISE = {  # batch, size, channels, window, stride
    "16×32×32×64, 3×3": (16, 32, 64, 3, 1),
    "8×56×56×32, 3×3 stride 2": (8, 56, 32, 3, 2),
    "16×14×14×128, 5×5": (16, 14, 128, 5, 1),
}


@pytest.mark.parametrize("which", PASSES)
@pytest.mark.parametrize("name", DEPTHWISE)
def test_depthwise_convolution(side_by_side, tf, torch, name, which):
    batch, size, channels, window, stride = DEPTHWISE[name]
    geometry, outputs = _geometry(size, window, stride, 1, "same")
    x, kernel, dy = normal((batch, size, size, channels), (window, window, channels, 1), (batch, *outputs, channels))
    y, dkernel, dx = aligned(dy.shape), aligned(kernel.shape), aligned(x.shape)
    flat_kernel, flat_dkernel = kernel[..., 0], dkernel[..., 0]
    in_groups = kernel.swapaxes(2, 3)  # (height, width, 1, channels): one group for each channel
    compiled = {
        "forward": lambda: by_jobs(depthwise_jobs.depthwise_jobs(x, flat_kernel, None, y, *geometry), y),
        "kernel gradient": lambda: by_jobs(
            depthwise_jobs.depthwise_kernel_gradient_jobs(x, dy, flat_dkernel, *geometry), dkernel
        ),
        "input gradient": lambda: by_jobs(
            depthwise_jobs.depthwise_input_gradient_jobs(dy, flat_kernel, dx, *geometry), dx
        ),
    }
    eager = {
        "forward": lambda: convolution.convolution(x, in_groups, *geometry, channels),
        "kernel gradient": lambda: convolution.convolution_kernel_gradient(
            x, dy, kernel.shape[:2], *geometry, channels
        ).swapaxes(2, 3),
        "input gradient": lambda: convolution.convolution_input_gradient(
            dy, in_groups, (size, size), *geometry, channels
        ),
    }
    theirs = torch and _torch(torch, x, in_groups, dy, geometry, groups=channels)[which]
    if theirs and which == "kernel gradient":
        theirs = _with_swapped_axes(theirs)
    side_by_side(
        f"depthwise convolution {name}: {which}",
        goals=(CONVOLUTION,),
        work=(2 * dy.size * window * window, bytes_of(x, kernel, dy)),
        minikeras=compiled[which](),
        eager=eager[which],
        tensorflow=tf and _tensorflow_depthwise(tf, x, kernel, dy, stride)[which],
        pytorch=theirs,
    )


def _with_swapped_axes(function):
    return lambda: function().swapaxes(2, 3)


def _tensorflow_depthwise(tf, x, kernel, dy, stride):
    options = {"strides": [1, stride, stride, 1], "padding": "SAME"}
    tx, tkernel, tdy = map(tf.constant, (x, kernel, dy))
    x_shape, kernel_shape = tf.constant(x.shape), tf.constant(kernel.shape)
    backward = {"out_backprop": tdy, **options}
    filter_gradient = tf.raw_ops.DepthwiseConv2dNativeBackpropFilter
    input_gradient = tf.raw_ops.DepthwiseConv2dNativeBackpropInput
    return {
        "forward": lambda: tf.nn.depthwise_conv2d(tx, tkernel, **options),
        "kernel gradient": lambda: filter_gradient(input=tx, filter_sizes=kernel_shape, **backward),
        "input gradient": lambda: input_gradient(input_sizes=x_shape, filter=tkernel, **backward),
    }


UNUSUAL = {  # what goes another way than the common convolution: op, shapes of x and kernel, arguments of `keras.ops`
    "groups 4, 16×16×16, 64→64, 3×3": ("conv", (16, 16, 16, 64), (3, 3, 16, 64), {"padding": "same"}),
    "channels first, 16×64×16×16, 64→64, 3×3": (
        "conv", (16, 64, 16, 16), (3, 3, 64, 64), {"padding": "same", "data_format": "channels_first"},
    ),
    "transposed, 16×16×16, 64→32, 3×3 stride 2": (
        "conv_transpose", (16, 16, 16, 64), (3, 3, 32, 64), {"strides": 2, "padding": "same"},
    ),
    "transposed, 16×16×16, 64→3, 4×4 stride 2": (
        "conv_transpose", (16, 16, 16, 64), (4, 4, 3, 64), {"strides": 2, "padding": "same"},
    ),
    "one axis, 32×256, 32→64, 5": ("conv", (32, 256, 32), (5, 32, 64), {"padding": "same"}),
    "three axes, 4×8×8×8, 16→32, 3×3×3": ("conv", (4, 8, 8, 8, 16), (3, 3, 3, 16, 32), {"padding": "same"}),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSUAL)
def test_forward_and_gradients_of_unusual_convolutions(side_by_side, tf, name):
    """By `keras.ops` and a tape on both sides, TensorFlow's in a `tf.function`."""
    import minikeras

    op, x_shape, kernel_shape, options = UNUSUAL[name]
    x, kernel = normal(x_shape, kernel_shape)
    y = getattr(minikeras.ops, op)(x, kernel, **options)
    dy = normal(y.shape)
    products = y if op == "conv" else x  # the transposed one reads each of x's numbers as often as others write theirs
    positions = product(products.shape) // kernel_shape[-1]

    def both(keras, tape_class, x, kernel, dy):
        def run():
            with tape_class() as tape:
                tape.watch([x, kernel])
                y = getattr(keras.ops, op)(x, kernel, **options)
            return y, *tape.gradient(y, [x, kernel], output_gradients=dy)

        return run

    theirs = None
    if tf is not None:
        import keras

        theirs = tf.function(both(keras, tf.GradientTape, *map(tf.constant, (x, kernel, dy))))
    side_by_side(
        f"convolution with {name}: forward and gradients",
        goals=(CONVOLUTION,),
        work=(3 * 2 * positions * product(kernel_shape), 2 * bytes_of(x, kernel, dy)),
        minikeras=both(minikeras, minikeras.GradientTape, *map(minikeras.ops.convert_to_tensor, (x, kernel, dy))),
        tensorflow=theirs,
    )
