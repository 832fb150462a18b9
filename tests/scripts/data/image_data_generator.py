import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator

tf.keras.utils.set_random_seed(53)
X = np.random.randint(0, 255, size=(90, 10, 10, 1)).astype('float32')
Y = tf.keras.utils.to_categorical((X[:, :5].mean(axis=(1, 2, 3)) > 127).astype(int), 2)

train_datagen = ImageDataGenerator(rescale=1. / 255, horizontal_flip=True, width_shift_range=0.1, validation_split=0.2)
train_generator = train_datagen.flow(X, Y, batch_size=12, seed=1, subset='training')
validation_generator = train_datagen.flow(X, Y, batch_size=12, shuffle=False, subset='validation')
print(train_generator.n, validation_generator.n, len(train_generator))

model = tf.keras.models.Sequential([
    tf.keras.layers.Conv2D(4, 3, activation='relu', input_shape=(10, 10, 1)),
    tf.keras.layers.MaxPooling2D(2),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(2, activation='softmax')
])
model.compile(optimizer=tf.keras.optimizers.RMSprop(learning_rate=1e-3), loss='categorical_crossentropy',
              metrics=['acc'])
history = model.fit(train_generator, epochs=3, validation_data=validation_generator, verbose=2)
print([round(v, 4) for v in history.history['val_loss']])
