'''End-to-end memory network on little stories (after the bAbI example of Keras).'''
from functools import reduce
import re

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.layers import Activation, Dense, Dropout, Embedding, LSTM, Permute, add, concatenate, dot
from tensorflow.keras.models import Model, Sequential
from tensorflow.keras.preprocessing.sequence import pad_sequences

keras.utils.set_random_seed(15)
rng = np.random.RandomState(15)
people, positions = ['Mary', 'John', 'Daniel'], ['garden', 'kitchen', 'office', 'hallway']


def tokenize(sent):
    return [x.strip() for x in re.split(r'(\W+)', sent) if x.strip()]


def make_story():
    where, story = {}, []
    for _ in range(rng.randint(1, 4)):
        person, place = rng.choice(people), rng.choice(positions)
        where[person] = place
        story.append(tokenize(f'{person} went to the {place}.'))
    person = rng.choice(sorted(where))
    return reduce(lambda a, b: a + b, story), tokenize(f'Where is {person}?'), where[person]


stories = [make_story() for _ in range(240)]
train_stories, test_stories = stories[:200], stories[200:]
vocab = sorted(set(w for story, q, answer in stories for w in story + q + [answer]))
vocab_size = len(vocab) + 1
story_maxlen = max(map(len, (x for x, _, _ in stories)))
query_maxlen = max(map(len, (x for _, x, _ in stories)))
word_idx = dict((c, i + 1) for i, c in enumerate(vocab))


def vectorize_stories(data):
    inputs, queries, answers = [], [], []
    for story, query, answer in data:
        inputs.append([word_idx[w] for w in story])
        queries.append([word_idx[w] for w in query])
        answers.append(word_idx[answer])
    return (pad_sequences(inputs, maxlen=story_maxlen), pad_sequences(queries, maxlen=query_maxlen), np.array(answers))


print('Vocab size:', vocab_size, 'unique words', 'Story max length:', story_maxlen, 'Query max length:', query_maxlen)
inputs_train, queries_train, answers_train = vectorize_stories(train_stories)
inputs_test, queries_test, answers_test = vectorize_stories(test_stories)

# placeholders
input_sequence = keras.Input((story_maxlen,))
question = keras.Input((query_maxlen,))
# encoders
input_encoder_m = Sequential()
input_encoder_m.add(Embedding(input_dim=vocab_size, output_dim=16))
input_encoder_m.add(Dropout(0.1))
input_encoder_c = Sequential()
input_encoder_c.add(Embedding(input_dim=vocab_size, output_dim=query_maxlen))
input_encoder_c.add(Dropout(0.1))
question_encoder = Sequential()
question_encoder.add(Embedding(input_dim=vocab_size, output_dim=16, input_length=query_maxlen))
question_encoder.add(Dropout(0.1))
input_encoded_m = input_encoder_m(input_sequence)
input_encoded_c = input_encoder_c(input_sequence)
question_encoded = question_encoder(question)
# (samples, story_maxlen, query_maxlen)
match = dot([input_encoded_m, question_encoded], axes=(2, 2))
match = Activation('softmax')(match)
response = add([match, input_encoded_c])
response = Permute((2, 1))(response)
answer = concatenate([response, question_encoded])
answer = LSTM(16)(answer)
answer = Dropout(0.1)(answer)
answer = Dense(vocab_size)(answer)
answer = Activation('softmax')(answer)
model = Model([input_sequence, question], answer)
model.compile(optimizer='rmsprop', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.summary()
model.fit([inputs_train, queries_train], answers_train, batch_size=25, epochs=5, verbose=2,
          validation_data=([inputs_test, queries_test], answers_test))
probe = Model(model.input, match)
weights = probe.predict([inputs_test[:2], queries_test[:2]], verbose=0)
print(weights.shape, weights.sum(axis=-1).round(4)[0, :3], weights[0, -3:, 0].round(3))
print(model.predict([inputs_test[:2], queries_test[:2]], verbose=0).max(axis=1).round(3))
