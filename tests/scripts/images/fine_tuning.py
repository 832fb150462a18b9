"""Transfer learning in the form of Keras's guide: a new head on a frozen base, then the base learns too, slowly."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.applications.mobilenet_v2 import MobileNetV2, preprocess_input

keras.utils.set_random_seed(3)
IMG_SIZE = (32, 32)

rng = np.random.default_rng(3)
labels = rng.integers(0, 2, 48)
images = rng.uniform(0, 100, (48, *IMG_SIZE, 3)).astype("float32")
for image, label in zip(images, labels):
    image[4:20, 4:20, label] += 150
train_ds = tf.data.Dataset.from_tensor_slices((images[:32], labels[:32])).batch(8).prefetch(tf.data.AUTOTUNE)
val_ds = tf.data.Dataset.from_tensor_slices((images[32:], labels[32:])).batch(8)

# The first blocks of the network. No weights are downloaded here: the statistics of these images make the features as
# large as pretrained ones are.
network = MobileNetV2(input_shape=IMG_SIZE + (3,), alpha=0.35, include_top=False, weights=None)
base_model = keras.Model(network.input, network.get_layer("block_2_add").output, name="base")
normalizations = [layer for layer in base_model.layers if isinstance(layer, layers.BatchNormalization)]
for layer in normalizations:
    layer.momentum = 0.5
    layer.beta.assign(rng.normal(0, 0.2, layer.beta.shape))
for _ in range(6):
    base_model(preprocess_input(images.copy()), training=True)
print("layers in the base model:", len(base_model.layers))

data_augmentation = keras.Sequential(
    [layers.RandomFlip("horizontal", seed=1), layers.RandomTranslation(0.1, 0.1, seed=2)]
)
base_model.trainable = False
inputs = keras.Input(shape=IMG_SIZE + (3,))
x = data_augmentation(inputs)
x = preprocess_input(x)
x = base_model(x, training=False)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.2, seed=3)(x)
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)


def compile_model(optimizer):
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")],
    )


compile_model(keras.optimizers.Adam(1e-2))
print("trainable weights:", len(model.trainable_weights), "of", len(model.weights))
before = base_model.get_weights()
history = model.fit(train_ds, epochs=3, validation_data=val_ds, verbose=2)
print("base unchanged:", all(np.array_equal(a, b) for a, b in zip(before, base_model.get_weights())))

# Fine-tuning: the upper layers of the base learn too.
base_model.trainable = True
for layer in base_model.layers[:-12]:
    layer.trainable = False
compile_model(keras.optimizers.SGD(learning_rate=1e-2, momentum=0.9))
print("trainable weights:", len(model.trainable_weights))
history_fine = model.fit(train_ds, epochs=6, initial_epoch=history.epoch[-1] + 1, validation_data=val_ds, verbose=2)
changed = [not np.array_equal(a, b) for a, b in zip(before, base_model.get_weights())]
print("weights of the base that changed:", sum(changed), "of", len(changed))
print("evaluate:", [round(float(v), 4) for v in model.evaluate(val_ds, verbose=0)])
