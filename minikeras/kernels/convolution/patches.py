"""Patches: the values under each window of a 2D convolution, laid side by side so that BLAS can multiply them.

Row (n, i, j) of the patch matrix holds, for all (a, b, c), x[n, i·stride + a·dilation − top, j·stride + b·dilation −
left, c], and zero outside the image. A matrix of all patches would be kernel-height × kernel-width times as large as x,
so callers ask for a few *lines* at a time: line n·out_height + i is the output row i of image n.
"""

import numpy as np

from minikeras.kernels.registry import is_float, kernel
from minikeras.kernels.windows import offset_slice, offsets, pad, unpad


def gather_patches_reference(patches, x, first_line, out_height, strides, pads, dilation):
    """patches[l, j, a, b, c] = x_padded[n, i·stride + a·dilation, j·stride + b·dilation, c], line first_line + l.

    patches (lines, out_width, kernel_height, kernel_width, channels) is overwritten.
    """
    lines, out_width, *window, _ = patches.shape
    outputs = (out_height, out_width)
    images = slice(first_line // out_height, -(-(first_line + lines) // out_height))
    skipped = first_line % out_height
    x = pad(x[images], pads)
    for offset in offsets(window):
        seen = x[offset_slice(offset, outputs, strides, dilation)]
        patches[(..., *offset, slice(None))] = seen.reshape(-1, *seen.shape[2:])[skipped : skipped + lines]


# Time against the reference, 3×3 "same", float32, AMD Zen 4: 64 channels 1/13, 8 channels 1/6, 3 channels 1/3, one
# channel 1.3 (the only loss). The order of the loops matters: with j outside of a and b it is 1.5 times slower.
@kernel(reference=gather_patches_reference, when=lambda patches, x, *_: is_float(x))
def gather_patches(patches, x, first_line, out_height, strides, pads, dilation):
    lines, out_width, kernel_height, kernel_width, channels = patches.shape
    _, height, width, _ = x.shape
    for line in range(lines):
        n, i = divmod(first_line + line, out_height)
        for a in range(kernel_height):
            row = i * strides[0] + a * dilation[0] - pads[0][0]
            for b in range(kernel_width):
                for j in range(out_width):
                    column = j * strides[1] + b * dilation[1] - pads[1][0]
                    if 0 <= row < height and 0 <= column < width:
                        for c in range(channels):
                            patches[line, j, a, b, c] = x[n, row, column, c]
                    else:
                        for c in range(channels):
                            patches[line, j, a, b, c] = 0


def scatter_patches_reference(dx, dpatches, first_line, out_height, strides, pads, dilation):
    """Adds each value of dpatches to the place of dx that `gather_patches` would read it from. dx changes in place."""
    lines, out_width, *window, _ = dpatches.shape
    for line in range(lines):
        n, i = divmod(first_line + line, out_height)
        image = pad(np.zeros_like(dx[:1]), pads)
        for offset in offsets(window):
            place = offset_slice(offset, (out_height, out_width), strides, dilation)
            image[place][0, i] += dpatches[(line, slice(None), *offset)]
        dx[n] += unpad(image, pads)[0]


# 1/40 of the reference's time with 64 channels, 1/60 with 3.
@kernel(reference=scatter_patches_reference, when=lambda dx, *_: is_float(dx))
def scatter_patches(dx, dpatches, first_line, out_height, strides, pads, dilation):
    lines, out_width, kernel_height, kernel_width, channels = dpatches.shape
    _, height, width, _ = dx.shape
    for line in range(lines):
        n, i = divmod(first_line + line, out_height)
        for a in range(kernel_height):
            row = i * strides[0] + a * dilation[0] - pads[0][0]
            for b in range(kernel_width):
                for j in range(out_width):
                    column = j * strides[1] + b * dilation[1] - pads[1][0]
                    if 0 <= row < height and 0 <= column < width:
                        for c in range(channels):
                            dx[n, row, column, c] += dpatches[line, j, a, b, c]
