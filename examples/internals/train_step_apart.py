"""One training step taken apart: forward, loss, backward and Adam by hand, then the same with `train_on_batch`.

python examples/internals/train_step_apart.py
"""

import numpy as np

import minikeras as keras

rng = np.random.default_rng(0)
x, y = rng.normal(size=(4, 3)).astype("float32"), np.array([0, 1, 1, 0])


def make_model():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


model = make_model()
kernel, bias = model.get_weights()

# 1. Forward: logits, then probabilities.
logits = x @ kernel + bias
exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)

# 2. Loss: −log of the probability of the true class, averaged over the batch.
loss = -np.log(probabilities[np.arange(4), y]).mean()

# 3. Backward: softmax and crossentropy together have the gradient (p − one-hot) / batch.
dlogits = (probabilities - np.eye(2, dtype="float32")[y]) / 4
dkernel, dbias = x.T @ dlogits, dlogits.sum(axis=0)

# 4. Adam, first step: m and v start at zero.
beta_1, beta_2, learning_rate, epsilon = 0.9, 0.999, 0.001, 1e-7
alpha = learning_rate * np.sqrt(1 - beta_2) / (1 - beta_1)
for name, variable, gradient in (("kernel", kernel, dkernel), ("bias", bias, dbias)):
    m, v = (1 - beta_1) * gradient, (1 - beta_2) * gradient**2
    variable -= alpha * m / (np.sqrt(v) + epsilon)
    print(f"{name} after one step:\n{variable}")

# The same in one call. Set a breakpoint in `Trainer.train_step` to step through it.
loss_of_engine = model.train_on_batch(x, y)
print(f"loss by hand {loss:.6f}, by train_on_batch {loss_of_engine:.6f}")
for by_hand, by_engine in zip((kernel, bias), model.get_weights(), strict=True):
    print(f"largest difference: {np.abs(by_hand - by_engine).max():.1e}")
