import tensorflow as tf
from tensorflow.keras import layers, models, backend as K, initializers, callbacks
import numpy as np

tf.keras.utils.set_random_seed(4)


def squash(vectors, axis=-1):
    s_squared_norm = tf.reduce_sum(tf.square(vectors), axis, keepdims=True)
    scale = s_squared_norm / (1 + s_squared_norm) / tf.sqrt(s_squared_norm + K.epsilon())
    return scale * vectors


class Length(layers.Layer):
    def call(self, inputs, **kwargs):
        return tf.sqrt(tf.reduce_sum(tf.square(inputs), -1) + K.epsilon())

    def compute_output_shape(self, input_shape):
        return input_shape[:-1]


class Mask(layers.Layer):
    def call(self, inputs, **kwargs):
        if type(inputs) is list:  # the true label is given
            inputs, mask = inputs
        else:
            x = tf.sqrt(tf.reduce_sum(tf.square(inputs), -1))
            mask = tf.one_hot(indices=tf.argmax(x, 1), depth=x.shape[1])
        masked = inputs * tf.expand_dims(mask, -1)
        return tf.reshape(masked, [-1, masked.shape[1] * masked.shape[2]])


class CapsuleLayer(layers.Layer):
    def __init__(self, num_capsule, dim_capsule, routings=3, kernel_initializer='glorot_uniform', **kwargs):
        super(CapsuleLayer, self).__init__(**kwargs)
        self.num_capsule = num_capsule
        self.dim_capsule = dim_capsule
        self.routings = routings
        self.kernel_initializer = initializers.get(kernel_initializer)

    def build(self, input_shape):
        assert len(input_shape) >= 3, "The input Tensor should have shape=[None, input_num_capsule, input_dim_capsule]"
        self.input_num_capsule = input_shape[1]
        self.input_dim_capsule = input_shape[2]
        self.W = self.add_weight(shape=[self.num_capsule, self.input_num_capsule, self.dim_capsule, self.input_dim_capsule],
                                 initializer=self.kernel_initializer, name='W')
        self.built = True

    def call(self, inputs, training=None):
        inputs_expand = tf.expand_dims(inputs, 1)
        inputs_tiled = tf.tile(inputs_expand, [1, self.num_capsule, 1, 1])
        inputs_tiled = tf.expand_dims(inputs_tiled, 4)
        inputs_hat = tf.map_fn(lambda x: tf.matmul(self.W, x), elems=inputs_tiled)
        inputs_hat = tf.squeeze(inputs_hat, axis=-1)
        b = tf.zeros(shape=[tf.shape(inputs)[0], self.num_capsule, 1, self.input_num_capsule])
        for i in range(self.routings):
            c = tf.nn.softmax(b, axis=1)
            outputs = squash(tf.matmul(c, inputs_hat))
            if i < self.routings - 1:
                b += tf.matmul(outputs, inputs_hat, transpose_b=True)
        return tf.squeeze(outputs, axis=-2)


def margin_loss(y_true, y_pred):
    L = y_true * tf.square(tf.maximum(0., 0.9 - y_pred)) + 0.5 * (1 - y_true) * tf.square(tf.maximum(0., y_pred - 0.1))
    return tf.reduce_mean(tf.reduce_sum(L, 1))


def CapsNet(input_shape, n_class, routings):
    x = layers.Input(shape=input_shape)
    conv1 = layers.Conv2D(filters=16, kernel_size=3, strides=1, padding='valid', activation='relu', name='conv1')(x)
    primary = layers.Conv2D(filters=16, kernel_size=3, strides=2, padding='valid', name='primarycap_conv2d')(conv1)
    primary = layers.Reshape(target_shape=[-1, 4], name='primarycap_reshape')(primary)
    primarycaps = layers.Lambda(squash, name='primarycap_squash')(primary)
    digitcaps = CapsuleLayer(num_capsule=n_class, dim_capsule=6, routings=routings, name='digitcaps')(primarycaps)
    out_caps = Length(name='capsnet')(digitcaps)
    y = layers.Input(shape=(n_class,))
    masked_by_y = Mask()([digitcaps, y])
    masked = Mask()(digitcaps)
    decoder = models.Sequential(name='decoder')
    decoder.add(layers.Dense(32, activation='relu', input_dim=6 * n_class))
    decoder.add(layers.Dense(np.prod(input_shape).item(), activation='sigmoid'))
    decoder.add(layers.Reshape(target_shape=input_shape, name='out_recon'))
    return models.Model([x, y], [out_caps, decoder(masked_by_y)]), models.Model(x, [out_caps, decoder(masked)])


labels = np.random.randint(0, 3, 90)
shapes = np.zeros((3, 8, 8, 1))
shapes[0, 3:5], shapes[1, :, 3:5], shapes[2, 2:6, 2:6] = 1, 1, 1
images = np.clip(shapes[labels] + 0.2 * np.random.randn(90, 8, 8, 1), 0, 1).astype('float32')
y = tf.keras.utils.to_categorical(labels)
model, eval_model = CapsNet(images.shape[1:], 3, 3)
model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.002), loss=[margin_loss, 'mse'], loss_weights=[1., 0.392],
              metrics={'capsnet': 'accuracy'})
model.summary()
lr_decay = callbacks.LearningRateScheduler(schedule=lambda epoch: 0.002 * (0.9 ** epoch))
model.fit([images[:72], y[:72]], [y[:72], images[:72]], batch_size=12, epochs=3, verbose=2,
          validation_data=([images[72:], y[72:]], [y[72:], images[72:]]), callbacks=[lr_decay])
y_pred, x_recon = eval_model.predict(images[72:], batch_size=18, verbose=0)
print(y_pred[:3].round(3), x_recon.shape, np.square(x_recon - images[72:]).mean().round(4))
