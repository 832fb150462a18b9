"""Reverse-mode differentiation without a tape: what `tape.gradient` does, written out.

    python examples/internals/tape_by_hand.py

The function is y = Σ tanh(x @ w)². Each op call is kept with its inputs and output; a walk through this list backwards
turns the gradient of each output into those of the inputs.
"""

import numpy as np

from minikeras import GradientTape, ops
from minikeras.autodiff.arithmetic import Multiply
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.shapes import Sum
from minikeras.autodiff.tensor import Tensor
from minikeras.ops.trigonometric import Tanh

rng = np.random.default_rng(0)
x, w = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))

# Forward, by hand: plain arrays through the ops' `forward`.
a = Matmul().forward(x, w)
b = Tanh().forward(a)
c = Multiply().forward(b, b)
y = Sum().forward(c)

# Backward, by hand: from the last call to the first.
dy = 1.0
dc = np.full_like(c, dy)  # y = Σ c: every element of c counts once
db = dc * b + dc * b  # c = b · b: both factors are b
da = db * (1 - b * b)  # b = tanh a
dw = x.T @ da  # a = x @ w

# The same with a tape.
x_tensor, w_tensor = Tensor(x), Tensor(w)
with GradientTape() as tape:
    tape.watch(w_tensor)
    result = ops.sum(ops.square(ops.tanh(x_tensor @ w_tensor)))
print("what the tape has recorded:")
for call in tape.calls:
    print(f"  {type(call.op).__name__:10s} inputs {call.input_ids} → outputs {call.output_ids}")
gradient = tape.gradient(result, w_tensor)

print(f"y by hand {y:.6f}, with the tape {float(result):.6f}")
print(f"largest difference of dw: {np.abs(dw - np.asarray(gradient)).max():.1e}")
