import numpy as np
from tensorflow.keras.layers import Dense, Embedding, Lambda
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.preprocessing.text import Tokenizer
from tensorflow.keras.utils import set_random_seed
import tensorflow as tf

set_random_seed(81)
sentences = [
    'I love my dog',
    'I love my cat, really!',
    'You love my dog!',
    'Do you think my dog is amazing?',
    'what a terrible, awful day',
    'this film was awful and boring',
    'boring boring boring...',
    'I hate the rain',
]
labels = np.array([1, 1, 1, 1, 0, 0, 0, 0])

tokenizer = Tokenizer(num_words=30, oov_token="<OOV>")
tokenizer.fit_on_texts(sentences)
word_index = tokenizer.word_index
sequences = tokenizer.texts_to_sequences(sentences)
padded = pad_sequences(sequences, maxlen=6)
print("Word Index =", word_index)
print("Sequences =", sequences)
print(padded)
print(tokenizer.texts_to_sequences(['i really love my manatee', 'my dog loves my manatee']))
print(tokenizer.texts_to_matrix(sentences[:2], mode='count').sum(axis=1))

model = Sequential()
model.add(Embedding(len(word_index) + 1, 6))
model.add(Lambda(lambda t: tf.reduce_mean(t, axis=1), output_shape=(6,)))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
model.fit(padded, labels, epochs=20, batch_size=2, verbose=0)
print('probabilities', model.predict(padded, verbose=0).ravel().round(3))
