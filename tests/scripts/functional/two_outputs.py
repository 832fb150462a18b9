import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Input, Dense
from tensorflow.keras.models import Model

tf.keras.utils.set_random_seed(22)
x = np.random.normal(size=(256, 10)).astype('float32')
age = (x[:, :2].sum(axis=1, keepdims=True) * 2 + 1).astype('float32')
gender = (x[:, 2] > 0).astype('int32')

inputs = Input(shape=(10,))
shared = Dense(24, activation='relu')(inputs)
age_out = Dense(1, name='age')(shared)
gender_out = Dense(2, activation='softmax', name='gender')(shared)
model = Model(inputs=inputs, outputs=[age_out, gender_out])
model.compile(optimizer='rmsprop',
              loss={'age': 'mse', 'gender': 'sparse_categorical_crossentropy'},
              loss_weights={'age': 0.25, 'gender': 1.},
              metrics={'age': 'mae', 'gender': 'accuracy'})
history = model.fit(x, {'age': age, 'gender': gender}, epochs=4, batch_size=32, verbose=0,
                    validation_split=0.25)
for name, values in sorted(history.history.items()):
    print(f'{name:25s} {values[-1]:.4f}')
ages, genders = model.predict(x[:4], verbose=0)
print(ages.ravel().round(3), genders.argmax(1))
