"""A custom training step inside `fit`: gradients are replaced by their signs, and their size is reported.

python examples/custom_train_step.py [--backend tensorflow]
"""

from backend import GradientTape, keras

from minikeras.datasets import digits


class SignTrained(keras.Sequential):
    def train_step(self, data):
        x, y = data
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(
            zip([keras.ops.sign(g) for g in gradients], self.trainable_variables, strict=True)
        )
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        results = {}
        for metric in self.metrics:
            value = metric.result()
            results.update(value if isinstance(value, dict) else {metric.name: value})
        return {**results, "gradient": keras.ops.max(keras.ops.abs(gradients[0]))}


keras.utils.set_random_seed(4)
(x, y), (x_test, y_test) = digits.load_data()
x, x_test = (a.reshape(len(a), 64).astype("float32") / 16 for a in (x, x_test))
model = SignTrained(
    [keras.Input((64,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10, activation="softmax")]
)
model.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, verbose=2)
print(model.evaluate(x_test, y_test, verbose=0))
