# TensorFlow and tf.keras
import tensorflow as tf

# Helper libraries
import numpy as np
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt

tf.keras.utils.set_random_seed(7)
class_names = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat']

train_labels = np.random.randint(0, 5, 320)
train_images = np.random.randint(0, 120, (320, 14, 14)).astype('uint8')
for image, label in zip(train_images, train_labels):
    image[label:label + 8, 2 * label:2 * label + 4] += 120
test_images, test_labels = train_images[256:], train_labels[256:]
train_images, train_labels = train_images[:256], train_labels[:256]
print(train_images.shape, len(train_labels), train_labels)

plt.figure()
plt.imshow(train_images[0])
plt.colorbar()
plt.grid(False)
plt.show()
plt.close('all')

train_images = train_images / 255.0
test_images = test_images / 255.0

model = tf.keras.Sequential([
    tf.keras.layers.Flatten(input_shape=(14, 14)),
    tf.keras.layers.Dense(32, activation='relu'),
    tf.keras.layers.Dense(5)
])
model.compile(optimizer='adam',
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy'])
model.fit(train_images, train_labels, epochs=5)
test_loss, test_acc = model.evaluate(test_images,  test_labels, verbose=2)
print('\nTest accuracy:', test_acc)

probability_model = tf.keras.Sequential([model,
                                         tf.keras.layers.Softmax()])
predictions = probability_model.predict(test_images)
print(predictions[0].round(3), np.argmax(predictions[0]), test_labels[0])


def plot_value_array(i, predictions_array, true_label):
    true_label = true_label[i]
    plt.grid(False)
    plt.xticks(range(5))
    plt.yticks([])
    thisplot = plt.bar(range(5), predictions_array, color="#777777")
    plt.ylim([0, 1])
    predicted_label = np.argmax(predictions_array)
    thisplot[predicted_label].set_color('red')
    thisplot[true_label].set_color('blue')
    return "{} {:2.0f}% ({})".format(class_names[predicted_label],
                                     100*np.max(predictions_array),
                                     class_names[true_label])


for i in range(3):
    print(plot_value_array(i, predictions[i], test_labels))
img = test_images[1]
img = (np.expand_dims(img, 0))
predictions_single = probability_model.predict(img, verbose=0)
print(predictions_single.round(3), np.argmax(predictions_single[0]))
