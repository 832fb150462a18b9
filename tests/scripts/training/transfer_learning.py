import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Conv2D, Dense, Flatten, GlobalAveragePooling2D, Input, MaxPooling2D
from tensorflow.keras.models import Model, Sequential, clone_model

tf.keras.utils.set_random_seed(65)
rng = np.random.RandomState(65)
x = rng.rand(120, 8, 8, 1).astype('float32')
y_first = (x[:, :4].mean(axis=(1, 2, 3)) > x[:, 4:].mean(axis=(1, 2, 3))).astype('int32')
y_second = (x[:, :, :4].mean(axis=(1, 2, 3)) > 0.5).astype('float32')

# a "pretrained" model
base_model = Sequential([
    Input((8, 8, 1)),
    Conv2D(6, 3, activation='relu', name='conv_a'),
    Conv2D(6, 3, activation='relu', name='conv_b'),
    MaxPooling2D(),
    Flatten(name='features'),
    Dense(2, activation='softmax', name='top'),
])
base_model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
base_model.fit(x, y_first, epochs=3, verbose=0)

# without its top, frozen
features = Model(inputs=base_model.inputs, outputs=base_model.layers[-2].output)
for layer in features.layers[:-1]:
    layer.trainable = False
model = Sequential([features, Dense(8, activation='relu'), Dense(1, activation='sigmoid')])
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
before = base_model.get_layer('conv_a').get_weights()[0].copy()
print('trainable', len(model.trainable_variables), 'frozen', len(model.non_trainable_variables))
history = model.fit(x, y_second, epochs=3, verbose=2)
print('base unchanged:', np.array_equal(before, base_model.get_layer('conv_a').get_weights()[0]))

# fine-tuning
features.get_layer('conv_b').trainable = True
model.compile(optimizer=tf.keras.optimizers.Adam(1e-4), loss='binary_crossentropy', metrics=['accuracy'])
model.fit(x, y_second, epochs=2, verbose=2)
print('trainable', len(model.trainable_variables))

# another head on an intermediate layer, the base called as a layer
base_model.trainable = False
inputs = Input((8, 8, 1))
part = Model(base_model.inputs, base_model.get_layer('conv_b').output)
outputs = Dense(1)(GlobalAveragePooling2D()(part(inputs, training=False)))
regression = Model(inputs, outputs)
regression.compile('adam', 'mse')
regression.fit(x, x.mean(axis=(1, 2)), epochs=2, verbose=2)
copy = clone_model(regression)
copy.set_weights(regression.get_weights())
print('same output:', np.allclose(copy.predict(x[:4], verbose=0), regression.predict(x[:4], verbose=0)))
