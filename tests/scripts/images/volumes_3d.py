# 3-D convolutions tell small volumes apart (after the CT scan example).
import random
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(35)


def volumes(n):
    """Half of them hold a bright ball."""
    z, y, x = np.mgrid[:12, :12, :8]
    result = np.random.normal(0, 0.3, size=(n, 12, 12, 8)).astype("float32")
    for v in result[: n // 2]:
        c = np.random.uniform(3, 6, 3)
        v[(z - c[0]) ** 2 + (y - c[1]) ** 2 + (x - c[2]) ** 2 < 7] += 1
    return result, np.array([1] * (n // 2) + [0] * (n - n // 2))


def train_preprocessing(volume, label):
    """Scale and add a channel."""
    volume = tf.clip_by_value(volume, -1.0, 2.0)
    return tf.expand_dims(volume, axis=3), label


x, y = volumes(96)
order = np.random.permutation(96)
x, y = x[order], y[order]
train_dataset = (
    tf.data.Dataset.from_tensor_slices((x[:72], y[:72])).shuffle(72, seed=3).map(train_preprocessing).batch(8).prefetch(2)
)
validation_dataset = tf.data.Dataset.from_tensor_slices((x[72:], y[72:])).map(train_preprocessing).batch(8).prefetch(2)


def get_model(width=12, height=12, depth=8):
    inputs = keras.Input((width, height, depth, 1))
    x = layers.Conv3D(filters=8, kernel_size=3, activation="relu", use_bias=False)(inputs)
    x = layers.MaxPool3D(pool_size=2)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ZeroPadding3D(1)(x)
    x = layers.Conv3D(filters=12, kernel_size=3, activation="relu", use_bias=False)(x)
    x = layers.SpatialDropout3D(0.1)(x)
    x = layers.BatchNormalization()(x)
    x = layers.AveragePooling3D(2, padding="same")(x)
    x = layers.GlobalAveragePooling3D()(x)
    x = layers.Dense(units=16, activation="relu")(x)
    x = layers.Dropout(0.3)(x)
    outputs = layers.Dense(units=1, activation="sigmoid")(x)
    return keras.Model(inputs, outputs, name="3dcnn")


model = get_model()
model.summary()
lr_schedule = keras.optimizers.schedules.ExponentialDecay(0.003, decay_steps=100, decay_rate=0.96, staircase=True)
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(learning_rate=lr_schedule), metrics=["acc"])
checkpoint_cb = keras.callbacks.ModelCheckpoint("3d_image_classification.keras", save_best_only=True)
early_stopping_cb = keras.callbacks.EarlyStopping(monitor="val_acc", patience=15)
model.fit(
    train_dataset, validation_data=validation_dataset, epochs=3, shuffle=True, verbose=2,
    callbacks=[checkpoint_cb, early_stopping_cb],
)
model = keras.models.load_model("3d_image_classification.keras")
prediction = model.predict(np.expand_dims(x[72:76], axis=-1), verbose=0)
for score in prediction.ravel():
    print("This model is %.1f percent confident that there is a ball" % (100 * score))
