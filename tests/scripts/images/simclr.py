# SimCLR: two noisy views of every picture, the NT-Xent loss, then a linear probe; cosine schedule with warm-up.
import numpy as np
import tensorflow as tf

from keras import Model, layers, losses, metrics, optimizers, utils

utils.set_random_seed(65)
classes = np.random.randint(0, 4, 192)
templates = np.random.rand(4, 10, 10, 1)
images = (templates[classes] + 0.15 * np.random.randn(192, 10, 10, 1)).astype("float32")


@utils.register_keras_serializable()
class WarmUpCosine(optimizers.schedules.LearningRateSchedule):
    def __init__(self, base, warmup_steps, total_steps):
        super().__init__()
        self.base, self.warmup_steps, self.total_steps = base, warmup_steps, total_steps

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        warm = self.base * (step + 1) / self.warmup_steps
        progress = (step - self.warmup_steps) / (self.total_steps - self.warmup_steps)
        cosine = 0.5 * self.base * (1 + tf.cos(np.pi * tf.clip_by_value(progress, 0.0, 1.0)))
        return tf.where(step < self.warmup_steps, warm, cosine)

    def get_config(self):
        return {"base": self.base, "warmup_steps": self.warmup_steps, "total_steps": self.total_steps}


class Views(layers.Layer):
    """Brightness, and noise, of its own for every call."""

    def __init__(self, seed):
        super().__init__()
        self.brightness, self.noise = layers.GaussianDropout(0.1, seed=seed), layers.GaussianNoise(0.1, seed=seed + 1)

    def call(self, x):
        return tf.reverse(self.noise(self.brightness(x, training=True), training=True), axis=[2])


def encoder():
    i = layers.Input((10, 10, 1))
    x = layers.Conv2D(12, 3, 2, activation="relu")(i)
    x = layers.Conv2D(12, 3, activation="relu")(x)
    return Model(i, layers.Dense(16, activation="relu")(layers.Flatten()(x)), name="encoder")


class ContrastiveModel(Model):
    def __init__(self, temperature=0.1):
        super().__init__()
        self.temperature = temperature
        self.views = [Views(1), Views(11)]
        self.encoder = encoder()
        self.projection_head = layers.Dense(8)
        self.linear_probe = layers.Dense(4)

    def compile(self, contrastive_optimizer, probe_optimizer, **kwargs):
        super().compile(**kwargs)
        self.contrastive_optimizer, self.probe_optimizer = contrastive_optimizer, probe_optimizer
        self.probe_loss = losses.SparseCategoricalCrossentropy(from_logits=True)
        self.loss_metric, self.contrastive_accuracy = metrics.Mean(name="c_loss"), metrics.SparseCategoricalAccuracy(name="c_acc")
        self.probe_loss_metric, self.probe_accuracy = metrics.Mean(name="p_loss"), metrics.SparseCategoricalAccuracy(name="p_acc")

    @property
    def metrics(self):
        return [self.loss_metric, self.contrastive_accuracy, self.probe_loss_metric, self.probe_accuracy]

    def contrastive_loss(self, a, b):
        a, b = tf.math.l2_normalize(a, axis=1), tf.math.l2_normalize(b, axis=1)
        similarities = tf.matmul(a, b, transpose_b=True) / self.temperature
        labels = tf.range(tf.shape(a)[0])
        self.contrastive_accuracy.update_state(labels, similarities)
        self.contrastive_accuracy.update_state(labels, tf.transpose(similarities))
        both = losses.sparse_categorical_crossentropy(labels, similarities, from_logits=True)
        return tf.reduce_mean(both + losses.sparse_categorical_crossentropy(labels, tf.transpose(similarities), from_logits=True)) / 2

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            a, b = (self.projection_head(self.encoder(view(x), training=True)) for view in self.views)
            loss = self.contrastive_loss(a, b)
        weights = self.encoder.trainable_weights + self.projection_head.trainable_weights
        self.contrastive_optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        self.loss_metric.update_state(loss)
        with tf.GradientTape() as tape:
            logits = self.linear_probe(self.encoder(x, training=False))
            probe_loss = self.probe_loss(y, logits)
        weights = self.linear_probe.trainable_weights
        self.probe_optimizer.apply_gradients(zip(tape.gradient(probe_loss, weights), weights))
        self.probe_loss_metric.update_state(probe_loss)
        self.probe_accuracy.update_state(y, logits)
        return {m.name: m.result() for m in self.metrics}


model = ContrastiveModel()
schedule = WarmUpCosine(5e-3, 4, 16)
model.compile(optimizers.Adam(schedule), optimizers.Adam(0.01))
history = model.fit(images, classes, batch_size=48, epochs=4, verbose=0)
for name, values in history.history.items():
    print(name, np.round([float(v) for v in values], 4))
print([round(float(schedule(s)), 6) for s in (0, 3, 4, 10, 16)], WarmUpCosine.from_config(schedule.get_config()).total_steps)
