import numpy as np
import tensorflow as tf
import keras
from matplotlib import cm

keras.utils.set_random_seed(17)
x = np.random.rand(96, 16, 16, 3).astype("float32") * 0.3
y = np.random.randint(0, 2, 96)
for image, label in zip(x, y):
    image[2:7, 2:7, label] += 0.7

inputs = keras.Input((16, 16, 3))
h = keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="block1_conv")(inputs)
h = keras.layers.MaxPooling2D(name="block1_pool")(h)
h = keras.layers.Conv2D(12, 3, padding="same", activation="relu", name="block2_conv")(h)
h = keras.layers.GlobalAveragePooling2D(name="avg_pool")(h)
outputs = keras.layers.Dense(2, activation="softmax", name="predictions")(h)
model = keras.Model(inputs, outputs)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=3, batch_size=16, verbose=2)


def make_gradcam_heatmap(img_array, model, last_conv_layer_name, pred_index=None):
    # First, we create a model that maps the input image to the activations
    # of the last conv layer as well as the output predictions
    grad_model = keras.models.Model(
        model.inputs, [model.get_layer(last_conv_layer_name).output, model.output]
    )

    # Then, we compute the gradient of the top predicted class for our input image
    # with respect to the activations of the last conv layer
    with tf.GradientTape() as tape:
        last_conv_layer_output, preds = grad_model(img_array)
        if pred_index is None:
            pred_index = tf.argmax(preds[0])
        class_channel = preds[:, pred_index]

    # This is the gradient of the output neuron (top predicted or chosen)
    # with regard to the output feature map of the last conv layer
    grads = tape.gradient(class_channel, last_conv_layer_output)

    # This is a vector where each entry is the mean intensity of the gradient
    # over a specific feature map channel
    pooled_grads = tf.reduce_mean(grads, axis=(0, 1, 2))

    last_conv_layer_output = last_conv_layer_output[0]
    heatmap = last_conv_layer_output @ pooled_grads[..., tf.newaxis]
    heatmap = tf.squeeze(heatmap)

    # For visualization purpose, we will also normalize the heatmap between 0 & 1
    heatmap = tf.maximum(heatmap, 0) / tf.math.reduce_max(heatmap)
    return heatmap.numpy()


img_array = np.expand_dims(x[0], axis=0)
# Remove last layer's softmax
model.layers[-1].activation = None
preds = model.predict(img_array, verbose=0)
print("Predicted:", preds.round(4))
heatmap = make_gradcam_heatmap(img_array, model, "block2_conv")
print(heatmap.round(3))

# Rescale heatmap to a range 0-255, colorize and superimpose
heatmap = np.uint8(255 * heatmap)
jet_colors = cm.jet(np.arange(256))[:, :3]
jet_heatmap = jet_colors[heatmap]
jet_heatmap = keras.utils.array_to_img(jet_heatmap)
jet_heatmap = jet_heatmap.resize((16, 16))
jet_heatmap = keras.utils.img_to_array(jet_heatmap)
superimposed_img = keras.utils.array_to_img(jet_heatmap * 0.4 + img_array[0] * 255)
print(superimposed_img.size, jet_heatmap.shape)

# saliency map, and the signed gradient of an adversarial example
image = tf.Variable(img_array)
with tf.GradientTape() as tape:
    loss = keras.losses.sparse_categorical_crossentropy(y[:1], model(image), from_logits=True)
gradient = tape.gradient(loss, image)
saliency = tf.reduce_max(tf.abs(gradient), axis=-1)[0]
print("saliency: %.5f" % float(tf.reduce_mean(saliency)))
adversarial = tf.clip_by_value(img_array + 0.1 * tf.sign(gradient), 0, 1)
print("adversarial:", model(adversarial).numpy().round(4))
