import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(7)
rng = np.random.default_rng(7)


def make_images(n, size=16):
    """Bright discs on noise, and the masks of the discs."""
    rows, columns = np.mgrid[:size, :size]
    centres = rng.uniform(4, size - 4, size=(n, 2))
    radii = rng.uniform(2, 4, size=n)
    distance = np.hypot(rows - centres[:, 0, None, None], columns - centres[:, 1, None, None])
    masks = (distance < radii[:, None, None]).astype("float32")[..., None]
    images = masks * 0.8 + rng.normal(0, 0.2, size=masks.shape).astype("float32")
    return images.astype("float32"), masks


def double_conv(x, filters):
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.GroupNormalization(groups=2)(x)
        x = layers.ELU()(x)
    return x


def down_block(x, filters):
    skip = double_conv(x, filters)
    return skip, layers.SpatialDropout2D(0.1)(layers.MaxPooling2D(2)(skip))


def up_block(x, skip, filters, learned):
    if learned:
        x = layers.Conv2DTranspose(filters, 3, strides=2, padding="same")(x)
    else:
        x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    return double_conv(layers.Concatenate()([x, skip]), filters)


inputs = layers.Input((14, 14, 1))
x = layers.ZeroPadding2D(1)(inputs)
skip1, x = down_block(x, 4)
skip2, x = down_block(x, 8)
x = double_conv(x, 16)
x = up_block(x, skip2, 8, learned=True)
x = up_block(x, skip1, 4, learned=False)
x = layers.Conv2D(1, 1, activation="sigmoid")(x)
outputs = layers.Cropping2D(1)(x)
model = tf.keras.Model(inputs, outputs, name="unet")


def dice_loss(y_true, y_pred):
    overlap = tf.reduce_sum(y_true * y_pred, axis=[1, 2, 3])
    total = tf.reduce_sum(y_true, axis=[1, 2, 3]) + tf.reduce_sum(y_pred, axis=[1, 2, 3])
    return 1.0 - (2.0 * overlap + 1.0) / (total + 1.0)


model.compile(
    optimizer=tf.keras.optimizers.Adam(2e-3),
    loss=lambda y_true, y_pred: dice_loss(y_true, y_pred)
    + tf.reduce_mean(tf.keras.losses.binary_crossentropy(y_true, y_pred), axis=[1, 2]),
    metrics=[tf.keras.metrics.BinaryIoU(target_class_ids=[1], threshold=0.5)],
)
images, masks = make_images(96)
images, masks = images[:, 1:-1, 1:-1], masks[:, 1:-1, 1:-1]
history = model.fit(images[:64], masks[:64], batch_size=16, epochs=3, verbose=0, validation_data=(images[64:], masks[64:]))
for name, values in history.history.items():
    print(name, np.round(values, 3))
prediction = model.predict(images[64:], verbose=0)
print("shape", prediction.shape, "foreground", np.round(prediction.mean(), 3))
print("parameters", model.count_params())
