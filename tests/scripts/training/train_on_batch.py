import numpy as np
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import set_random_seed

set_random_seed(68)
X = np.random.rand(64, 5)
y = (X.sum(1) > 2.5).astype(int)

model = Sequential()
model.add(Dense(10, input_dim=5, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])

for epoch in range(5):
    for start in range(0, 64, 16):
        loss, acc = model.train_on_batch(X[start:start + 16], y[start:start + 16])
    print('Epoch %d loss %.4f acc %.4f' % (epoch, loss, acc))
print('test_on_batch', model.test_on_batch(X, y, return_dict=True))
print('predict_on_batch', model.predict_on_batch(X[:3]).ravel())
