import numpy as np
import tensorflow as tf
from tensorflow.keras import datasets, layers, models

tf.keras.utils.set_random_seed(3)


def make_images(n):
    """Bars: horizontal, vertical or both, in noise."""
    rng = np.random.default_rng(n)
    images = rng.normal(0, 0.3, size=(n, 12, 12, 1))
    labels = rng.integers(0, 3, size=(n, 1))
    for image, label in zip(images, labels):
        if label != 0:
            image[rng.integers(12), :] += 1
        if label != 1:
            image[:, rng.integers(12)] += 1
    return images.astype("float32"), labels


train_images, train_labels = make_images(300)
test_images, test_labels = make_images(90)

model = models.Sequential()
model.add(layers.Conv2D(8, (3, 3), activation='relu', input_shape=(12, 12, 1)))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Conv2D(16, (3, 3), padding='same', activation='relu'))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(16, activation='relu'))
model.add(layers.Dense(3))
model.summary()

model.compile(optimizer='adam',
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy'])
history = model.fit(train_images, train_labels, epochs=4, validation_data=(test_images, test_labels))
test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=2)
print(test_acc)

probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
predictions = probability_model.predict(test_images)
print(np.argmax(predictions[0]), predictions[0].sum().round(3))
