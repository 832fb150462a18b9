"""A custom layer: it creates weights in `build`, computes in `call`, and adds a loss.

python examples/custom_layer.py [--backend tensorflow]
"""

from backend import keras

from minikeras.datasets import digits


class SparseDense(keras.layers.Layer):
    """y = relu(x @ kernel + bias), with a penalty on every unit that is not zero."""

    def __init__(self, units, penalty=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.penalty = penalty

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="he_normal", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs):
        outputs = keras.ops.relu(keras.ops.matmul(inputs, self.kernel) + self.bias)
        self.add_loss(self.penalty * keras.ops.mean(keras.ops.sum(outputs, axis=-1)))
        return outputs

    def get_config(self):
        return {**super().get_config(), "units": self.units, "penalty": self.penalty}


(x, y), (x_test, y_test) = digits.load_data()
x, x_test = (a.reshape(len(a), 64).astype("float32") / 16 for a in (x, x_test))

for penalty in (0.0, 1e-3, 1e-2):
    keras.utils.set_random_seed(3)
    hidden = SparseDense(100, penalty)
    model = keras.Sequential([keras.Input((64,)), hidden, keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    model.fit(x, y, epochs=10, verbose=0)
    active = float(keras.ops.mean(keras.ops.cast(hidden(x_test) > 0, "float32")))
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"penalty {penalty:g}: {active:.1%} of the units are active, test accuracy {accuracy:.1%}")
