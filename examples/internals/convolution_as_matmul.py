"""Convolution as one matrix product: every patch of the image becomes a row, and the kernel a matrix.

python examples/internals/convolution_as_matmul.py
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minikeras import ops

rng = np.random.default_rng(0)
images = rng.normal(size=(2, 6, 6, 3)).astype("float32")  # (batch, height, width, channels)
kernel = rng.normal(size=(3, 3, 3, 4)).astype("float32")  # (window height, window width, channels, filters)

# Every 3×3 patch: (batch, out_height, out_width, channels, 3, 3). Nothing is copied yet: it is a view.
patches = sliding_window_view(images, (3, 3), axis=(1, 2))
print(f"patches: {patches.shape}, memory of the view shared with the images: {np.shares_memory(patches, images)}")

# One row per patch, elements in the kernel's order (window height, window width, channels).
rows = patches.transpose(0, 1, 2, 4, 5, 3).reshape(2 * 4 * 4, 3 * 3 * 3)
columns = kernel.reshape(3 * 3 * 3, 4)
by_matmul = (rows @ columns).reshape(2, 4, 4, 4)
print(f"one product of {rows.shape} with {columns.shape}")

by_ops = np.asarray(ops.conv(images, kernel))
print(f"largest difference from ops.conv: {np.abs(by_matmul - by_ops).max():.1e}")

# The gradients are matrix products too: kernel gradient = rowsᵀ @ dy, patch gradient = dy @ columnsᵀ.
dy = np.ones_like(by_matmul).reshape(-1, 4)
print(f"kernel gradient: {(rows.T @ dy).shape}, gradient of the patches: {(dy @ columns.T).shape}")
