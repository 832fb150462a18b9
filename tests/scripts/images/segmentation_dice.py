# Segmentation into three classes: U-Net by separable convolutions, a Dice loss class, IoU, sample weights of pixels
import os, sys
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers, losses, metrics

keras.utils.set_random_seed(51)
NUM_CLASSES, SIZE = 3, 16


class Shapes(keras.utils.PyDataset):
    """Pictures of squares and discs with their masks, drawn on demand."""

    def __init__(self, batch_size, batches, seed, **kwargs):
        super().__init__(**kwargs)
        self.batch_size, self.batches, self.seed = batch_size, batches, seed

    def __len__(self):
        return self.batches

    def __getitem__(self, idx):
        rng = np.random.default_rng([self.seed, idx])
        x = rng.normal(0.2, 0.1, (self.batch_size, SIZE, SIZE, 3)).astype("float32")
        y = np.zeros((self.batch_size, SIZE, SIZE, 1), dtype="uint8")
        rows, cols = np.mgrid[:SIZE, :SIZE]
        for i in range(self.batch_size):
            r, c, s = rng.integers(3, SIZE - 3, 3)
            y[i, max(r - 2, 0):r + 3, max(c - 2, 0):c + 3, 0] = 1
            y[i, (rows - s) ** 2 + (cols - r) ** 2 < 8, 0] = 2
            x[i, ..., 0] += 0.6 * (y[i, ..., 0] == 1)
            x[i, ..., 2] += 0.6 * (y[i, ..., 0] == 2)
        return x, y, np.where(y[..., 0] > 0, 2.0, 1.0).astype("float32")


class DiceLoss(losses.Loss):
    def __init__(self, smooth=1.0, name="dice_loss", **kwargs):
        super().__init__(name=name, **kwargs)
        self.smooth = smooth

    def call(self, y_true, y_pred):
        y_true = tf.one_hot(tf.cast(tf.squeeze(y_true, -1), tf.int32), NUM_CLASSES)
        y_pred = tf.nn.softmax(y_pred)
        intersection = tf.reduce_sum(y_true * y_pred, axis=-1)
        union = tf.reduce_sum(y_true + y_pred, axis=-1)
        return 1.0 - (2.0 * intersection + self.smooth) / (union + self.smooth)

    def get_config(self):
        return {**super().get_config(), "smooth": self.smooth}


def get_model(img_size, num_classes):
    inputs = keras.Input(shape=img_size + (3,))
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    previous_block_activation = x
    for filters in [12, 16]:
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(filters, 1, strides=2, padding="same")(previous_block_activation)
        x = layers.add([x, residual])
        previous_block_activation = x
    for filters in [16, 12, 8]:
        x = layers.Activation("relu")(x)
        x = layers.Conv2DTranspose(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.UpSampling2D(2)(x)
        residual = layers.UpSampling2D(2)(previous_block_activation)
        residual = layers.Conv2D(filters, 1, padding="same")(residual)
        x = layers.add([x, residual])
        previous_block_activation = x
    outputs = layers.Conv2D(num_classes, 3, padding="same")(x)
    return keras.Model(inputs, outputs)


keras.backend.clear_session()
model = get_model((SIZE, SIZE), NUM_CLASSES)
dice = DiceLoss()
crossentropy = losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")


def loss(y_true, y_pred):
    return dice.call(y_true, y_pred) + crossentropy(y_true, y_pred)


class LogitsIoU(metrics.MeanIoU):
    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(y_true, tf.argmax(y_pred, axis=-1), sample_weight)


model.compile(keras.optimizers.Adam(3e-3), loss=loss, metrics=["sparse_categorical_accuracy", LogitsIoU(NUM_CLASSES, name="iou")])
callbacks = [keras.callbacks.ModelCheckpoint("segmentation.weights.h5", save_weights_only=True), keras.callbacks.TerminateOnNaN()]
model.fit(Shapes(8, 6, seed=1), epochs=3, validation_data=Shapes(8, 2, seed=2), callbacks=callbacks, verbose=2)
val_preds = model.predict(Shapes(4, 1, seed=3), verbose=0)
print(val_preds.shape, np.bincount(val_preds.argmax(-1).ravel() > 0), val_preds[0, 0, 0].round(3), file=sys.stdout)
model.compile("sgd", DiceLoss(smooth=0.5))
print(os.path.exists("segmentation.weights.h5"), model.evaluate(Shapes(8, 1, seed=2), verbose=0), DiceLoss.from_config(dice.get_config()).smooth)
