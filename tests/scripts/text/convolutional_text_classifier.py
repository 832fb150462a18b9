# Kim's convolutional network for sentences, as written for Keras 2
from __future__ import print_function
import numpy as np
from tensorflow.keras.models import Model
from tensorflow.keras.layers import Input, Dense, Embedding, Conv1D, GlobalMaxPooling1D, Dropout
from tensorflow.keras.layers import concatenate
from tensorflow.keras.optimizers import Adadelta, Adam
from tensorflow.keras.constraints import max_norm
from tensorflow.keras.utils import set_random_seed, to_categorical
from tensorflow.keras.callbacks import CSVLogger, ModelCheckpoint

set_random_seed(14)
vocab_size, sequence_length, embedding_dim, num_filters, drop = 60, 20, 12, 8, 0.5
filter_sizes = [3, 4, 5]

X = np.random.randint(1, vocab_size, (300, sequence_length))
Y = np.random.randint(0, 3, 300)
patterns = [[7, 8], [21, 22, 23], [40, 41, 42, 43]]
for row, label in zip(X, Y):
    start = np.random.randint(0, sequence_length - 5)
    row[start:start + len(patterns[label])] = patterns[label]
y = to_categorical(Y, 3)

inputs = Input(shape=(sequence_length,), dtype='int32')
embedding = Embedding(input_dim=vocab_size, output_dim=embedding_dim, embeddings_initializer='random_uniform')(inputs)
pooled = []
for filter_size in filter_sizes:
    conv = Conv1D(num_filters, filter_size, padding='valid', kernel_initializer='normal', activation='relu')(embedding)
    pooled.append(GlobalMaxPooling1D()(conv))
merged = concatenate(pooled, axis=-1)
dropout = Dropout(drop)(merged)
output = Dense(units=3, activation='softmax', kernel_constraint=max_norm(3.))(dropout)
model = Model(inputs=inputs, outputs=output)
adam = Adam(learning_rate=5e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-08)
model.compile(optimizer=adam, loss='categorical_crossentropy', metrics=['accuracy'])
print("Training Model...")
model.fit(X[:240], y[:240], batch_size=30, epochs=5, verbose=1, validation_data=(X[240:], y[240:]),
          callbacks=[ModelCheckpoint('weights.{epoch:03d}.keras', monitor='val_accuracy', mode='auto'), CSVLogger('log.csv')])
print(open('log.csv').read())
score, acc = model.evaluate(X[240:], y[240:], batch_size=30, verbose=0)
print('Test score:', score, 'Test accuracy:', acc)
# go on with another optimizer
model.compile(optimizer=Adadelta(0.5), loss='kl_divergence', metrics=['categorical_accuracy'])
model.fit(X, y, batch_size=60, epochs=2, verbose=2)
print(np.round(model.predict(X[:3], verbose=0), 3))
