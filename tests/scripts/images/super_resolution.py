import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
import math
import numpy as np

keras.utils.set_random_seed(28)
crop_size, upscale_factor, batch_size = 18, 3, 8
input_size = crop_size // upscale_factor

waves = np.random.uniform(0.2, 0.9, (64, 2, 1, 1))
r, c = np.mgrid[:crop_size, :crop_size]
pictures = (128 + 100 * np.sin(r * waves[:, 0] + c * waves[:, 1]))[..., None] * np.array([1.0, 0.8, 0.6])
pictures = np.clip(pictures, 0, 255).astype("uint8")


def process(image):
    image = tf.cast(image, tf.float32) / 255.0
    yuv = tf.image.rgb_to_yuv(image)
    y, u, v = tf.split(yuv, 3, axis=-1)
    return tf.image.resize(y, [input_size, input_size], method="area"), y


dataset = tf.data.Dataset.from_tensor_slices(pictures)
train_ds = dataset.take(48).map(process, num_parallel_calls=tf.data.AUTOTUNE).batch(batch_size).prefetch(buffer_size=32)
valid_ds = dataset.skip(48).map(process).batch(batch_size)


class DepthToSpace(layers.Layer):
    def __init__(self, block_size):
        super().__init__()
        self.block_size = block_size

    def call(self, input):
        batch, height, width, depth = keras.ops.shape(input)
        depth = depth // (self.block_size**2)
        x = keras.ops.reshape(input, [batch, height, width, self.block_size, self.block_size, depth])
        x = keras.ops.transpose(x, [0, 1, 3, 2, 4, 5])
        return keras.ops.reshape(x, [batch, height * self.block_size, width * self.block_size, depth])


def get_model(upscale_factor=3, channels=1, with_tf=False):
    conv_args = {"activation": "relu", "kernel_initializer": "orthogonal", "padding": "same"}
    inputs = keras.Input(shape=(None, None, channels))
    x = layers.Conv2D(16, 5, **conv_args)(inputs)
    x = layers.Conv2D(16, 3, **conv_args)(x)
    x = layers.Conv2D(8, 3, **conv_args)(x)
    x = layers.Conv2D(channels * (upscale_factor**2), 3, **conv_args)(x)
    if with_tf:
        outputs = layers.Lambda(lambda t: tf.nn.depth_to_space(t, upscale_factor))(x)
    else:
        outputs = DepthToSpace(upscale_factor)(x)
    return keras.Model(inputs, outputs)


class ESPCNCallback(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.psnr = []

    def on_epoch_end(self, epoch, logs=None):
        print("Mean PSNR for epoch: %.2f" % (np.mean(self.psnr)))

    def on_test_batch_end(self, batch, logs=None):
        self.psnr.append(10 * math.log10(1 / logs["loss"]))


early_stopping_callback = keras.callbacks.EarlyStopping(monitor="loss", patience=10)
for with_tf in (False, True):
    model = get_model(upscale_factor=upscale_factor, with_tf=with_tf)
    model.summary()
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.002), loss=keras.losses.MeanSquaredError())
    model.fit(train_ds, epochs=3, callbacks=[ESPCNCallback(), early_stopping_callback], validation_data=valid_ds, verbose=2)
low, high = next(iter(valid_ds))
restored = tf.clip_by_value(model.predict(low, verbose=0), 0.0, 1.0)
print("PSNR", tf.image.psnr(restored, high, max_val=1.0)[:3].numpy().round(2), "SSIM", tf.image.ssim(restored, high, 1.0).numpy()[:3].round(3))
bicubic = tf.image.resize(low, (crop_size, crop_size), method=tf.image.ResizeMethod.BICUBIC)
print("PSNR of bicubic", float(tf.reduce_mean(tf.image.psnr(bicubic, high, 1.0))), tf.nn.space_to_depth(high, 3).shape)
print(model.predict(np.random.RandomState(0).rand(1, 5, 7, 1), verbose=0).shape)
