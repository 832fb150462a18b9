import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import LSTM, Bidirectional, Dense, Dropout, Embedding
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.preprocessing.text import Tokenizer

tf.keras.utils.set_random_seed(3)
rng = np.random.RandomState(3)
good = 'great lovely fine superb charming'.split()
bad = 'awful boring poor dreadful weak'.split()
filler = 'the film was a very long story with some actors and music'.split()
texts, labels = [], []
for _ in range(192):
    label = rng.randint(2)
    words = list(rng.choice(filler, rng.randint(3, 12))) + list(rng.choice(good if label else bad, 2))
    rng.shuffle(words)
    texts.append(' '.join(words))
    labels.append(label)

tokenizer = Tokenizer(num_words=50, oov_token='<unk>')
tokenizer.fit_on_texts(texts)
x = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=14, padding='post')
y = np.array(labels)

model = Sequential([
    tf.keras.Input((None,)),
    Embedding(50, 16, mask_zero=True),
    Bidirectional(LSTM(12, return_sequences=True)),
    Dropout(0.2),
    LSTM(8, dropout=0.1, recurrent_dropout=0.1),
    Dense(1, activation='sigmoid'),
])
model.summary()
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])
model.fit(x[:160], y[:160], batch_size=16, epochs=4, validation_data=(x[160:], y[160:]), verbose=2)
# padding at the end does not change the prediction
short = pad_sequences(tokenizer.texts_to_sequences(texts[:3]), padding='post')
print(model.predict(x[:3], verbose=0).round(4).ravel(), model.predict(short, verbose=0).round(4).ravel())
