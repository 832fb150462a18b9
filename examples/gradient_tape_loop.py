"""Training without `fit`: a GradientTape, an optimizer and two loops.

python examples/gradient_tape_loop.py [--backend tensorflow]
"""

import numpy as np
from backend import GradientTape, keras

from minikeras.datasets import digits

keras.utils.set_random_seed(5)
(x, y), (x_test, y_test) = digits.load_data()
x, x_test = (a.reshape(len(a), 64).astype("float32") / 16 for a in (x, x_test))

model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64, activation="tanh"), keras.layers.Dense(10)])
optimizer = keras.optimizers.RMSprop(2e-3)
loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
mean_loss, accuracy = keras.metrics.Mean(), keras.metrics.SparseCategoricalAccuracy()
order = np.random.default_rng(0)

for epoch in range(10):
    mean_loss.reset_state()
    accuracy.reset_state()
    indices = order.permutation(len(x))
    for start in range(0, len(x), 32):
        batch = indices[start : start + 32]
        with GradientTape() as tape:
            logits = model(x[batch], training=True)
            loss = loss_function(y[batch], logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        mean_loss.update_state(loss)
        accuracy.update_state(y[batch], logits)
    print(f"epoch {epoch + 1:2d}: loss {float(mean_loss.result()):.4f}, accuracy {float(accuracy.result()):.4f}")

predicted = keras.ops.argmax(model(x_test), axis=-1)
print(f"test accuracy: {np.mean(np.asarray(predicted) == y_test):.4f}")
