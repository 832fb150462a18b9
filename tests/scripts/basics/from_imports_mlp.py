# Multilayer perceptron with one-hot labels, in the style of the old Keras examples.
import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Dropout
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.utils import to_categorical, set_random_seed

batch_size = 64
num_classes = 4
epochs = 4

set_random_seed(7)
x = np.random.rand(400, 64)
y = (x[:, :32].sum(axis=1) > 16).astype(int) + 2 * (x[:, 32:].sum(axis=1) > 16)
x = x.astype('float32')
x_train, x_test = x[:320], x[320:]
y_train = to_categorical(y[:320], num_classes)
y_test = to_categorical(y[320:], num_classes)
print(x_train.shape[0], 'train samples')
print(x_test.shape[0], 'test samples')

model = Sequential()
model.add(Dense(64, activation='relu', input_shape=(64,)))
model.add(Dropout(0.2))
model.add(Dense(64, activation='relu'))
model.add(Dropout(0.2))
model.add(Dense(num_classes, activation='softmax'))
model.summary()

model.compile(loss='categorical_crossentropy', optimizer=RMSprop(), metrics=['accuracy'])
history = model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, verbose=1,
                    validation_data=(x_test, y_test))
score = model.evaluate(x_test, y_test, verbose=0)
print('Test loss:', score[0])
print('Test accuracy:', score[1])
