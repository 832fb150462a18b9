import math

import numpy as np


def conv2d(x, kernel, bias, stride=1, padding="valid"):
    a, b, _, filters = kernel.shape
    if padding == "same":
        zeros = []
        for length, size in ((x.shape[1], a), (x.shape[2], b)):
            total = max((math.ceil(length / stride) - 1) * stride + size - length, 0)
            zeros.append((total // 2, total - total // 2))
        x = np.pad(x, ((0, 0), *zeros, (0, 0)))
    batch, height, width, _ = x.shape
    y = np.empty((batch, (height - a) // stride + 1, (width - b) // stride + 1, filters))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            window = x[:, i * stride : i * stride + a, j * stride : j * stride + b]
            y[:, i, j] = np.tensordot(window, kernel, 3) + bias
    return y
