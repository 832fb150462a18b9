import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from keras.utils import bounding_boxes

keras.utils.set_random_seed(3)

# Pictures with one to three bright rectangles; the boxes are [left, top, right, bottom], padded with -1.
SIZE, MAX_BOXES = 32, 3
rng = np.random.default_rng(0)
images = rng.uniform(0, 60, size=(64, SIZE, SIZE, 3)).astype("float32")
boxes = -np.ones((64, MAX_BOXES, 4), "float32")
labels = -np.ones((64, MAX_BOXES), "int32")
for image, image_boxes, image_labels in zip(images, boxes, labels):
    for k in range(rng.integers(1, MAX_BOXES + 1)):
        left, top = rng.integers(2, 18, size=2)
        width, height = rng.integers(5, 12, size=2)
        image[top:top + height, left:left + width, k] += 150
        image_boxes[k] = left, top, left + width, top + height
        image_labels[k] = k

dataset = tf.data.Dataset.from_tensor_slices(
    {"images": images, "bounding_boxes": {"boxes": boxes, "labels": labels}}
).batch(16)

augmenter = keras.Sequential(
    [
        layers.RandomFlip("horizontal", bounding_box_format="xyxy", seed=1),
        layers.RandomTranslation(0.1, 0.1, fill_mode="constant", bounding_box_format="xyxy", seed=2),
        layers.RandomRotation(0.02, bounding_box_format="xyxy", seed=3),
        layers.RandomBrightness(0.1, bounding_box_format="xyxy", seed=4),
        layers.Resizing(24, 24, bounding_box_format="xyxy"),
        layers.MaxNumBoundingBoxes(MAX_BOXES + 1, bounding_box_format="xyxy"),
    ]
)

seen_images, targets = [], []
for batch in dataset:
    batch = {"images": batch["images"], "bounding_boxes": dict(batch["bounding_boxes"])}
    for layer in augmenter.layers:
        batch = layer(batch, training=True)
    seen_images.append(batch["images"].numpy())
    targets.append(batch["bounding_boxes"]["boxes"].numpy())
seen_images, targets = np.concatenate(seen_images), np.concatenate(targets)
print("images:", seen_images.shape, round(float(seen_images.mean()), 3))
print("boxes:", targets.shape)
print(np.round(targets[0], 2))

centers = bounding_boxes.convert_format(targets[:, 0], source="xyxy", target="center_xywh")
relative = bounding_boxes.convert_format(targets[:, 0], "xyxy", "rel_xyxy", height=24, width=24)
print("first box:", np.round(np.asarray(centers[0]), 3), np.round(np.asarray(relative[0]), 3))

# A small regression of the first box.
inputs = keras.Input((24, 24, 3))
x = layers.Rescaling(1 / 255)(inputs)
x = layers.Conv2D(8, 3, strides=2, activation="relu")(x)
x = layers.Conv2D(16, 3, strides=2, activation="relu")(x)
x = layers.Flatten()(x)
outputs = layers.Dense(4, activation="sigmoid")(x)
model = keras.Model(inputs, outputs)
model.compile(keras.optimizers.Adam(2e-3), loss="huber")
history = model.fit(seen_images, relative, batch_size=16, epochs=6, shuffle=False, verbose=2)

predicted = model.predict(seen_images[:8], verbose=0)
overlap = bounding_boxes.compute_iou(predicted, relative[:8], "rel_xyxy", image_shape=(24, 24, 3))
print("overlaps:", np.round(np.diag(np.asarray(overlap)), 3))
deltas = bounding_boxes.encode_box_to_deltas(predicted * 24, targets[:8, 0], "xyxy", "xyxy")
again = bounding_boxes.decode_deltas_to_boxes(predicted * 24, deltas, "xyxy", "xyxy")
print("decoded again:", bool(np.allclose(again, targets[:8, 0], atol=1e-3)))
