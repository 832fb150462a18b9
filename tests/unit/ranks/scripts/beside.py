"""Data that a script imports."""

import numpy as np

X = np.ones((8, 2), "float32")
Y = X[:, :1]
