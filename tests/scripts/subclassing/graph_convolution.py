import numpy as np
import tensorflow as tf
import tensorflow.keras as keras
import tensorflow.keras.backend as K
from tensorflow.keras.layers import Dense, Dropout, Input, Layer
from tensorflow.keras.models import Model
from tensorflow.keras.regularizers import l2

np.random.seed(0)
keras.utils.set_random_seed(0)

# A graph of two communities; features that say little by themselves
N, F, CLASSES = 60, 12, 3
community = np.arange(N) % CLASSES
A = (np.random.rand(N, N) < np.where(community[:, None] == community, 0.3, 0.03)).astype('float32')
A = np.maximum(A, A.T)
np.fill_diagonal(A, 1)
D = np.diag(1 / np.sqrt(A.sum(1)))
A_hat = (D @ A @ D).astype('float32')
X = (np.random.randn(N, F) + 0.5 * np.eye(F)[community * 2]).astype('float32')
labels = keras.utils.to_categorical(community)
train_mask, test_mask = np.zeros(N), np.ones(N)
train_mask[:18], test_mask[:18] = 1, 0


class GraphConvolution(Layer):
    def __init__(self, units, activation=None, use_bias=True, kernel_initializer='glorot_uniform', kernel_regularizer=None, **kwargs):
        super(GraphConvolution, self).__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, input_shapes):
        features_shape = input_shapes[0]
        self.kernel = self.add_weight(shape=(features_shape[-1], self.units), initializer=self.kernel_initializer,
                                      name='kernel', regularizer=self.kernel_regularizer)
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer='zeros', name='bias')
        super(GraphConvolution, self).build(input_shapes)

    def call(self, inputs):
        features, basis = inputs
        output = K.dot(basis, K.dot(features, self.kernel))
        if self.use_bias:
            output = output + self.bias
        return self.activation(output)

    def compute_output_shape(self, input_shapes):
        return input_shapes[0][:-1] + (self.units,)


class GraphAttention(Layer):
    def __init__(self, units, heads=2, **kwargs):
        super().__init__(**kwargs)
        self.units, self.heads = units, heads

    def build(self, shapes):
        self.kernel = self.add_weight(shape=(self.heads, shapes[0][-1], self.units), name='kernel')
        self.attend = self.add_weight(shape=(self.heads, 2, self.units, 1), name='attend')

    def call(self, inputs):
        x, a = inputs
        outputs = []
        for head in range(self.heads):
            h = tf.matmul(x, self.kernel[head])
            scores = tf.matmul(h, self.attend[head, 0]) + tf.transpose(tf.matmul(h, self.attend[head, 1]))
            scores = tf.nn.leaky_relu(scores, alpha=0.2)
            scores = scores + -1e9 * (1.0 - tf.cast(a > 0, tf.float32))
            outputs.append(tf.matmul(tf.nn.softmax(scores), h))
        return tf.nn.elu(tf.concat(outputs, -1))


def gcn():
    x_in, a_in = Input(batch_shape=(N, F)), Input(batch_shape=(N, N))
    h = Dropout(0.2)(x_in)
    h = GraphConvolution(16, activation='relu', kernel_regularizer=l2(5e-4))([h, a_in])
    h = Dropout(0.2)(h)
    return Model([x_in, a_in], GraphConvolution(CLASSES, activation='softmax')([h, a_in]))


def gat():
    x_in, a_in = Input(batch_shape=(N, F)), Input(batch_shape=(N, N))
    h = GraphAttention(6)([x_in, a_in])
    return Model([x_in, a_in], Dense(CLASSES, activation='softmax')(h))


for make in (gcn, gat):
    model = make()
    model.compile(loss='categorical_crossentropy', optimizer=keras.optimizers.Adam(0.02), weighted_metrics=['acc'])
    for epoch in range(1, 13):
        model.fit([X, A_hat], labels, sample_weight=train_mask, batch_size=N, epochs=1, shuffle=False, verbose=0)
        if epoch % 4 == 0:
            loss, acc = model.evaluate([X, A_hat], labels, sample_weight=test_mask, batch_size=N, verbose=0)
            print(make.__name__, epoch, 'test loss = {:.4f}'.format(loss), 'accuracy = {:.3f}'.format(acc))
    print(model.predict([X, A_hat], batch_size=N, verbose=0)[:2].round(3))
