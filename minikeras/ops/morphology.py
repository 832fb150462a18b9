"""Grey dilation and erosion of images: the largest of a window's sums with a kernel, the least of its differences."""

from minikeras.kernels.windows import explicit_pads, output_sizes
from minikeras.ops.extrema import maximum
from minikeras.ops.padding import pad
from minikeras.ops.reordering import flip


def grey_dilation(x, kernel, strides, padding, dilation):
    """y[n, i, j, c] = max over a, b of x[n, i·s + a·d, j·s + b·d, c] + kernel[a, b, c].

    Args:
        x: (batch, height, width, channels), floats.
        kernel: (rows, columns, channels).
        strides, dilation: pairs.
        padding: "valid" or "same", which pads with values that are never the largest.
    """
    window = tuple(kernel.shape[:2])
    pads = explicit_pads(padding, x.shape[1:3], window, strides, dilation)
    lengths = output_sizes(x.shape[1:3], window, strides, pads, dilation)
    x = pad(x, [(0, 0), *pads, (0, 0)], constant_values=float("-inf")) if any(map(any, pads)) else x
    y = None
    for a in range(window[0]):
        for b in range(window[1]):
            starts = a * dilation[0], b * dilation[1]
            positions = [slice(i, i + (n - 1) * s + 1, s) for i, n, s in zip(starts, lengths, strides, strict=True)]
            shifted = x[:, positions[0], positions[1]] + kernel[a, b]
            y = shifted if y is None else maximum(y, shifted)
    return y


def grey_erosion(x, kernel, strides, padding, dilation):
    """The dilation of −x by the turned kernel, negated: the minimum of x − kernel[−a, −b] in each window."""
    return -grey_dilation(-x, flip(kernel, (0, 1)), strides, padding, dilation)
