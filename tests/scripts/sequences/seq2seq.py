# An encoder and a decoder that learn to reverse digits: teacher forcing in training, states passed on in inference.
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.layers import LSTM, Dense, Embedding, Input

tf.keras.utils.set_random_seed(5)
rng = np.random.RandomState(5)
START, VOCABULARY, LENGTH, UNITS = 10, 11, 5, 32
source = rng.randint(0, 10, (480, LENGTH))
target = source[:, ::-1]
decoder_input = np.concatenate([np.full((480, 1), START), target[:, :-1]], axis=1)

encoder_inputs = Input((None,), name='encoder_inputs')
encoder_embedding = Embedding(VOCABULARY, 16, name='encoder_embedding')
_, state_h, state_c = LSTM(UNITS, return_state=True, name='encoder')(encoder_embedding(encoder_inputs))
encoder_states = [state_h, state_c]

decoder_inputs = Input((None,), name='decoder_inputs')
decoder_embedding = Embedding(VOCABULARY, 16, name='decoder_embedding')
decoder = LSTM(UNITS, return_sequences=True, return_state=True, name='decoder')
decoder_dense = Dense(VOCABULARY, activation='softmax', name='words')
outputs, _, _ = decoder(decoder_embedding(decoder_inputs), initial_state=encoder_states)
model = keras.Model([encoder_inputs, decoder_inputs], decoder_dense(outputs))
model.compile(keras.optimizers.RMSprop(5e-3), 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit([source[:400], decoder_input[:400]], target[:400], batch_size=40, epochs=8, verbose=2,
          validation_data=([source[400:], decoder_input[400:]], target[400:]))

encoder_model = keras.Model(encoder_inputs, encoder_states)
state_inputs = [Input((UNITS,)), Input((UNITS,))]
outputs, h, c = decoder(decoder_embedding(decoder_inputs), initial_state=state_inputs)
decoder_model = keras.Model([decoder_inputs] + state_inputs, [decoder_dense(outputs), h, c])


def decode(sequence):
    states = encoder_model.predict(sequence, verbose=0)
    word, probabilities = np.array([[START]]), []
    for _ in range(LENGTH):
        scores, h, c = decoder_model.predict([word] + states, verbose=0)
        probabilities.append(float(scores[0, -1].max()))
        word, states = scores[:, -1:].argmax(axis=-1), [h, c]
    return probabilities


for i in range(2):
    print(np.round(decode(source[i : i + 1]), 3).tolist())
