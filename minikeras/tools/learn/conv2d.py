"""Exercise: a two-dimensional convolution as loops over the positions of the output."""

import numpy as np

from minikeras.tools.learn.exercise import BROADCASTING, FORMULA, MISSING_TERM, ORDER, Exercise, Mistake, Task

STARTER = '''"""A two-dimensional convolution, channels last."""

import numpy as np


def conv2d(x, kernel, bias, stride=1, padding="valid"):
    """y[n, i, j, f] = bias[f] + Σ x[n, i·stride + a, j·stride + b, c] · kernel[a, b, c, f] over a, b, c.

    x: (batch, height, width, channels), kernel: (a, b, channels, filters), bias: (filters,).
    padding="valid": only positions where the whole kernel is within x.
    padding="same": zeros around x, so that y has ceil(height / stride) rows; with an odd number of zeros, the last
    one goes below and to the right. There are max((rows − 1) · stride + a − height, 0) of them along the height.
    """
    raise NotImplementedError
'''


def _cases():
    rng = np.random.default_rng(3)

    def arrays(height, width, a, b, channels, filters, *settings):
        shapes = (2, height, width, channels), (a, b, channels, filters), (filters,)
        return (*(rng.standard_normal(shape) for shape in shapes), *settings)

    return [
        ("5×6 pixels, kernel 3×3, 2 channels, 4 filters", arrays(5, 6, 3, 3, 2, 4)),
        ("kernel 2×3", arrays(5, 6, 2, 3, 3, 2)),
        ("stride=2", arrays(6, 7, 3, 3, 2, 2, 2)),
        ("padding='same'", arrays(5, 6, 3, 3, 1, 2, 1, "same")),
        ("padding='same', kernel 2×2: one zero, below and to the right", arrays(4, 5, 2, 2, 1, 2, 1, "same")),
        ("padding='same', stride=2", arrays(6, 5, 3, 3, 2, 2, 2, "same")),
    ]


def _oracle(keras, x, kernel, bias, stride=1, padding="valid"):
    x, kernel = (keras.ops.convert_to_tensor(value, "float64") for value in (x, kernel))
    return keras.ops.conv(x, kernel, stride, padding, "channels_last") + bias


def _padded(x, kernel, stride, additional_first=False):
    widths = []
    for length, size in zip(x.shape[1:3], kernel.shape[:2], strict=True):
        zeros = max((-(-length // stride) - 1) * stride + size - length, 0)
        smaller = zeros // 2
        widths.append((zeros - smaller, smaller) if additional_first else (smaller, zeros - smaller))
    return np.pad(x, ((0, 0), *widths, (0, 0)))


def convolution(x, kernel, bias, stride=1, padding="valid", pad=_padded, step=None):
    """The definition, as a sum over the kernel's positions. `step`: from one window to the next, if not the stride."""
    if padding == "same":
        x = pad(x, kernel, stride)
    rows, columns = ((n - k) // stride + 1 for n, k in zip(x.shape[1:3], kernel.shape[:2], strict=True))
    y = np.zeros((len(x), rows, columns, kernel.shape[3])) + bias
    step = step or stride
    for a, b in np.ndindex(kernel.shape[:2]):
        window = x[:, a : a + (rows - 1) * step + 1 : step, b : b + (columns - 1) * step + 1 : step]
        y += window @ kernel[a, b]
    return y


def _first(x, kernel, stride):
    return _padded(x, kernel, stride, additional_first=True)


def _equal_zeros(x, kernel, stride):
    sizes = [size // 2 for size in kernel.shape[:2]]
    return np.pad(x, ((0, 0), *((size, size) for size in sizes), (0, 0)))


def _zeros_of_stride_1(x, kernel, stride):
    return _padded(x, kernel, 1)


def _smaller_half(x, kernel, stride):
    sizes = [(size - 1) // 2 for size in kernel.shape[:2]]
    return np.pad(x, ((0, 0), *((size, size) for size in sizes), (0, 0)))


MISTAKES = (
    Mistake(MISSING_TERM, "The bias is not added.", lambda x, k, bias, *s: convolution(x, k, 0 * bias, *s)),
    Mistake(
        ORDER,
        "The kernel is rotated by 180°, as in mathematics. A convolution in deep learning does not rotate it.",
        lambda x, k, bias, *s: convolution(x, k[::-1, ::-1], bias, *s),
    ),
    Mistake(
        ORDER,
        "Rows and columns of the kernel are exchanged.",
        lambda x, k, bias, *s: convolution(x, k.transpose(1, 0, 2, 3), bias, *s),
    ),
    Mistake(
        FORMULA,
        "The additional zero went above and to the left: with an odd number, it goes below and to the right.",
        lambda x, k, bias, *s: convolution(x, k, bias, *s, pad=_first),
    ),
    Mistake(
        FORMULA,
        "The same number of zeros is on both sides, for any stride: there are "
        "(rows − 1) · stride + a − height of them in all.",
        lambda x, k, bias, *s: convolution(x, k, bias, *s, pad=_equal_zeros),
    ),
    Mistake(
        FORMULA,
        "The number of zeros is that of stride 1: there are (rows − 1) · stride + a − height of them, which depends on "
        "the stride.",
        lambda x, k, bias, *s: convolution(x, k, bias, *s, pad=_zeros_of_stride_1),
    ),
    Mistake(
        FORMULA,
        "(size − 1) // 2 zeros are on both sides: a kernel with an even size needs one more, below and to the right.",
        lambda x, k, bias, *s: convolution(x, k, bias, *s, pad=_smaller_half),
    ),
    Mistake(
        FORMULA,
        "y has the right size, but its windows are adjacent: window i should begin at row i · stride of x.",
        lambda x, k, bias, stride=1, padding="valid": convolution(x, k, bias, stride, padding, step=1),
    ),
    Mistake(
        MISSING_TERM,
        "Only the first channel of x is seen: the sum goes over c as well.",
        lambda x, k, bias, *s: convolution(x[..., :1], k[:, :, :1], bias, *s),
    ),
    Mistake(
        FORMULA,
        "The bias was added at each position of the kernel: it belongs to the output, once.",
        lambda x, k, bias, *s: convolution(x, k, bias * k.shape[0] * k.shape[1], *s),
    ),
    Mistake(
        FORMULA,
        "The bias was added for each product of the kernel: it belongs to the output, once.",
        lambda x, k, bias, *s: convolution(x, k, bias * k[..., 0].size, *s),
    ),
    Mistake(
        FORMULA,
        "`stride` is ignored: window i begins at row i · stride of x.",
        lambda x, k, bias, stride=1, padding="valid": convolution(x, k, bias, 1, padding),
    ),
    Mistake(
        BROADCASTING,
        "Every channel of x was multiplied by the kernel of the first: kernel[a, b, c] belongs to channel c.",
        lambda x, k, bias, *s: convolution(x, np.repeat(k[:, :, :1], k.shape[2], 2), bias, *s),
    ),
)

EXERCISE = Exercise(
    name="conv2d",
    title="a two-dimensional convolution",
    where="minikeras/ops/convolution.py, minikeras/kernels/convolution/",
    starter=STARTER,
    tasks=(Task("conv2d", ("y",), _cases, _oracle, MISTAKES),),
)
