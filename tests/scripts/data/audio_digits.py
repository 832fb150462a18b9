import os
import tempfile
import wave

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(4)
RATE, LENGTH = 8000, 2000
folder = tempfile.mkdtemp()
rng = np.random.default_rng(2)
for digit, name in enumerate(("one", "three", "two")):
    os.makedirs(os.path.join(folder, name))
    for i in range(24):
        time = np.arange(rng.integers(1500, 2500)) / RATE
        tone = 0.5 * np.sin(2 * np.pi * (400 + 500 * digit) * time) + 0.05 * rng.normal(size=len(time))
        with wave.open(os.path.join(folder, name, f"{i}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((np.clip(tone, -1, 1) * 32767).astype("<i2").tobytes())

train_ds, val_ds = tf.keras.utils.audio_dataset_from_directory(
    directory=folder, batch_size=12, validation_split=0.25, seed=0, output_sequence_length=LENGTH, subset="both"
)
label_names = np.array(train_ds.class_names)
print("label names:", label_names, train_ds.element_spec[1].dtype)


def squeeze(audio, labels):
    return tf.squeeze(audio, axis=-1), labels


train_ds = train_ds.map(squeeze, tf.data.AUTOTUNE)
val_ds = val_ds.map(squeeze, tf.data.AUTOTUNE)
for audio, labels in train_ds.take(1):
    print(audio.shape, labels.numpy(), float(tf.reduce_max(tf.abs(audio))))


def get_spectrogram(waveform):
    spectrogram = tf.abs(tf.signal.stft(waveform, frame_length=255, frame_step=128))
    return spectrogram[..., tf.newaxis]


def make_spec_ds(ds):
    return ds.map(map_func=lambda audio, label: (get_spectrogram(audio), label), num_parallel_calls=tf.data.AUTOTUNE)


train_spectrograms, val_spectrograms = make_spec_ds(train_ds), make_spec_ds(val_ds)
for spectrograms, _ in train_spectrograms.take(1):
    input_shape = spectrograms.shape[1:]
    print("Input shape:", input_shape)

norm_layer = tf.keras.layers.Normalization()
norm_layer.adapt(data=train_spectrograms.map(lambda spec, label: spec))
model = tf.keras.models.Sequential([
    tf.keras.layers.Input(shape=input_shape),
    tf.keras.layers.Resizing(16, 16),
    norm_layer,
    tf.keras.layers.Conv2D(8, 3, activation="relu"),
    tf.keras.layers.MaxPooling2D(),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(3),
])
model.compile(
    optimizer=tf.keras.optimizers.SGD(0.01),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(train_spectrograms.cache().prefetch(1), validation_data=val_spectrograms.cache(), epochs=3, verbose=2)

mel = tf.keras.layers.MelSpectrogram(
    fft_length=256, sequence_stride=128, sampling_rate=RATE, num_mel_bins=16, min_freq=50
)
for audio, _ in val_ds.take(1):
    print(mel(audio).shape, float(tf.reduce_mean(mel(audio))))
