# Several tasks with names: dicts of losses, weights, metrics, targets and sample weights; a schedule class with warm-up
import numpy as np
import tensorflow as tf
import tensorflow.keras as keras
from tensorflow.keras import layers

keras.utils.set_random_seed(36)


class TransformerSchedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, d_model, warmup_steps=4000):
        super(TransformerSchedule, self).__init__()
        self.d_model = tf.cast(d_model, tf.float32)
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = tf.cast(step, dtype=tf.float32)
        arg1 = tf.math.rsqrt(step)
        arg2 = step * (self.warmup_steps ** -1.5)
        return tf.math.rsqrt(self.d_model) * tf.math.minimum(arg1, arg2)

    def get_config(self):
        return {'d_model': int(self.d_model), 'warmup_steps': self.warmup_steps}


class PrintLR(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print('epoch', epoch, 'lr', float(self.model.optimizer.learning_rate), sorted(logs))


title = keras.Input(shape=(None,), name='title')
body = keras.Input(shape=(None,), name='body')
tags = keras.Input(shape=(4,), name='tags')
title_features = layers.LSTM(12)(layers.Embedding(50, 8)(title))
body_features = layers.LSTM(8)(layers.Embedding(50, 8)(body))
x = layers.concatenate([title_features, body_features, tags])
x = layers.Dense(16, activation='relu', activity_regularizer=keras.regularizers.l1(1e-4))(x)
priority_pred = layers.Dense(1, name='priority')(x)
department_pred = layers.Dense(4, name='department')(x)
hours = layers.Dense(1, activation='softplus', name='hours')(x)
model = keras.Model(inputs=[title, body, tags], outputs={'priority': priority_pred, 'department': department_pred, 'hours': hours})

n = 160
title_data, body_data = np.random.randint(50, size=(n, 6)), np.random.randint(50, size=(n, 14))
tags_data = np.random.randint(2, size=(n, 4)).astype('float32')
targets = {
    'priority': (tags_data[:, :1] * (title_data[:, :1] > 20)).astype('float32'),
    'department': tags_data[:, :2].astype(int) @ [2, 1],
    'hours': (1 + body_data[:, :1] / 25 + tags_data[:, 3:]).astype('float32'),
}
model.compile(
    optimizer=keras.optimizers.Adam(TransformerSchedule(16, warmup_steps=20), beta_1=0.9, beta_2=0.98, epsilon=1e-9),
    loss={'priority': keras.losses.BinaryCrossentropy(from_logits=True),
          'department': keras.losses.SparseCategoricalCrossentropy(from_logits=True),
          'hours': keras.losses.Huber(delta=0.5)},
    loss_weights={'priority': 1.0, 'department': 0.2, 'hours': 0.5},
    metrics={'department': ['accuracy'], 'hours': ['mae', keras.metrics.MeanAbsolutePercentageError()]},
)
model.summary()
history = model.fit({'title': title_data, 'body': body_data, 'tags': tags_data}, targets, epochs=4, batch_size=32, verbose=2,
                    validation_split=0.2, callbacks=[PrintLR()])
print(sorted(history.history))
results = model.evaluate({'title': title_data, 'body': body_data, 'tags': tags_data}, targets, verbose=0, return_dict=True)
print({k: round(v, 4) for k, v in sorted(results.items())})
out = model.predict({'title': title_data[:2], 'body': body_data[:2], 'tags': tags_data[:2]}, verbose=0)
print({k: v.round(3).tolist() for k, v in out.items()})
weights = {'priority': np.linspace(0, 1, n), 'department': np.ones(n), 'hours': np.linspace(1, 0, n)}
print(round(model.train_on_batch([title_data, body_data, tags_data], targets, sample_weight=weights, return_dict=True)['loss'], 4))
