import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(31)
rng = np.random.RandomState(31)
count, longest, tokens = 256, 12, 40
lengths = rng.randint(3, longest + 1, count)
sentences = [rng.randint(1, tokens, length).tolist() for length in lengths]
x = keras.utils.pad_sequences(sentences, maxlen=longest, padding="post")
y = np.array([sum(token % 2 for token in sentence) / len(sentence) for sentence in sentences], "float32")


@keras.saving.register_keras_serializable(package="pooling")
class Halves(layers.Layer):
    """Every second step, with every second element of the mask."""

    def call(self, inputs):
        return inputs[:, ::2]

    def compute_mask(self, inputs, previous_mask=None):
        return None if previous_mask is None else previous_mask[:, ::2]


@keras.saving.register_keras_serializable(package="pooling")
class WeighedPooling(layers.Layer):
    """A mean over the steps with learned weights, none for padding."""

    def __init__(self, temperature=1.0, **kwargs):
        super().__init__(**kwargs)
        self.temperature = temperature
        self.score = layers.Dense(1, use_bias=False)  # a bias would cancel out
        self.supports_masking = True

    def build(self, input_shape):
        self.score.build(input_shape)
        super().build(input_shape)

    def call(self, inputs, mask=None):
        if mask is None:
            raise ValueError("WeighedPooling needs the mask of an embedding.")
        scores = self.score(inputs) / self.temperature
        weights = ops.exp(scores - ops.max(scores, axis=1, keepdims=True))
        weights = weights * ops.cast(ops.expand_dims(mask, -1), weights.dtype)
        return ops.sum(inputs * weights, axis=1) / ops.sum(weights, axis=1)

    def compute_mask(self, inputs, previous_mask=None):
        return None

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}


words = keras.Input((None,), dtype="int32", name="words")
embedded = layers.Embedding(tokens, 8, mask_zero=True)(words)
whole = WeighedPooling(0.5)(layers.Dropout(0.1)(embedded))
half = WeighedPooling()(Halves()(embedded))
recurrent = layers.Bidirectional(layers.GRU(4))(embedded)
outputs = layers.Dense(1, activation="sigmoid")(layers.concatenate([whole, half, recurrent]))
model = keras.Model(words, outputs)
print(model.output_shape, model.count_params())

model.compile(keras.optimizers.Adam(0.02), "mse", metrics=["mae"])
history = model.fit(x, y, validation_split=0.25, epochs=4, batch_size=32, verbose=0)
for name, values in history.history.items():
    print(name, [round(value, 4) for value in values])

model.save("pooling.keras")
again = keras.models.load_model("pooling.keras")
print("the same predictions:", np.allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6))
padded_more = np.pad(x[:4], ((0, 0), (0, 4)))
print("padding does not matter:", np.allclose(model(padded_more), model(x[:4]), atol=1e-5))
try:
    WeighedPooling()(np.ones((2, 3, 4), "float32"))
except ValueError:
    print("no mask, no pooling")
