import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

SEED = 4
keras.utils.set_random_seed(SEED)
IMAGE_SIZE = 12
PATCH_SIZE = 4
NUM_PATCHES = (IMAGE_SIZE // PATCH_SIZE) ** 2
PROJECTION_DIM = 24
NUM_HEADS = 3
TRANSFORMER_LAYERS = 2
NUM_CLASSES = 4


class Patches(layers.Layer):
    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size

    def call(self, images):
        batch_size = tf.shape(images)[0]
        patches = tf.image.extract_patches(
            images=images,
            sizes=[1, self.patch_size, self.patch_size, 1],
            strides=[1, self.patch_size, self.patch_size, 1],
            rates=[1, 1, 1, 1],
            padding="VALID",
        )
        patch_dims = patches.shape[-1]
        return tf.reshape(patches, [batch_size, NUM_PATCHES, patch_dims])

    def get_config(self):
        config = super().get_config()
        config.update({"patch_size": self.patch_size})
        return config


class ClassToken(layers.Layer):
    def build(self, input_shape):
        self.token = self.add_weight(shape=(1, 1, input_shape[-1]), initializer="zeros", name="cls")

    def call(self, x):
        token = tf.broadcast_to(self.token, [tf.shape(x)[0], 1, x.shape[-1]])
        return tf.concat([token, x], axis=1)


class AddPositionEmbedding(layers.Layer):
    def build(self, input_shape):
        self.pe = self.add_weight(
            name="pos_embedding",
            shape=(1, input_shape[1], input_shape[2]),
            initializer=keras.initializers.RandomNormal(stddev=0.02, seed=5),
        )

    def call(self, inputs):
        return inputs + self.pe


def mlp(x, hidden_units, dropout_rate):
    for units in hidden_units:
        x = layers.Dense(units, activation=tf.nn.gelu)(x)
        x = layers.Dropout(dropout_rate)(x)
    return x


def create_vit_classifier():
    inputs = layers.Input(shape=(IMAGE_SIZE, IMAGE_SIZE, 3))
    patches = Patches(PATCH_SIZE)(inputs)
    encoded = layers.Dense(PROJECTION_DIM)(patches)
    encoded = AddPositionEmbedding()(ClassToken()(encoded))
    for _ in range(TRANSFORMER_LAYERS):
        x1 = layers.LayerNormalization(epsilon=1e-6)(encoded)
        attention_output = layers.MultiHeadAttention(num_heads=NUM_HEADS, key_dim=8, dropout=0.1, use_bias=False)(x1, x1)
        x2 = layers.Add()([attention_output, encoded])
        x3 = layers.LayerNormalization(epsilon=1e-6)(x2)
        x3 = mlp(x3, hidden_units=[48, PROJECTION_DIM], dropout_rate=0.1)
        encoded = layers.Add()([x3, x2])
    representation = layers.LayerNormalization(epsilon=1e-6)(encoded)
    representation = layers.Lambda(lambda t: t[:, 0], output_shape=(PROJECTION_DIM,))(representation)
    logits = layers.Dense(NUM_CLASSES)(representation)
    return keras.Model(inputs=inputs, outputs=logits, name="vit")


y = np.random.randint(0, NUM_CLASSES, size=200)
x = np.random.rand(200, IMAGE_SIZE, IMAGE_SIZE, 3).astype("float32") * 0.5
for image, label in zip(x, y):  # a brighter quadrant
    r, c = 6 * (label // 2), 6 * (label % 2)
    image[r:r + 6, c:c + 6] += 0.4

model = create_vit_classifier()
model.summary()
model.compile(
    optimizer=keras.optimizers.AdamW(learning_rate=2e-3, weight_decay=1e-4),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[
        keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
        keras.metrics.SparseTopKCategoricalAccuracy(2, name="top-2-accuracy"),
    ],
)
checkpoint = keras.callbacks.ModelCheckpoint("vit.weights.h5", monitor="val_loss", save_best_only=True, save_weights_only=True)
history = model.fit(x, y, batch_size=32, epochs=4, validation_split=0.2, callbacks=[checkpoint], verbose=2)
model.load_weights("vit.weights.h5")
loss, accuracy, top2 = model.evaluate(x[160:], y[160:], verbose=0)
print(f"loss {loss:.4f}, accuracy: {round(accuracy * 100, 2)}%, top-2: {round(top2 * 100, 2)}%")
patches = Patches(PATCH_SIZE)(tf.convert_to_tensor(x[:1]))
print(patches.shape, np.round(patches[0, 4, :5], 3), list(history.history))
