"""A small transformer is distilled from a larger one by a train_step of its own."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(5)


def encoder(x, heads, width, hidden, name):
    attended = layers.MultiHeadAttention(heads, width // heads, use_bias=False, name=f"{name}_attention")(x, x)
    x = layers.LayerNormalization(epsilon=1e-6)(layers.add([x, attended]))
    fed = layers.Dense(width)(layers.Dense(hidden, activation="gelu")(x))
    return layers.LayerNormalization(epsilon=1e-6)(layers.add([x, fed]))


def make(width, depth, name):
    tokens = keras.Input((10,), dtype="int32")
    x = layers.Embedding(16, width)(tokens)
    for i in range(depth):
        x = encoder(x, 2, width, 2 * width, f"{name}_{i}")
    hidden = layers.GlobalAveragePooling1D(name=f"{name}_hidden")(x)
    return keras.Model(tokens, [layers.Dense(4, name=f"{name}_logits")(hidden), hidden], name=name)


class Distiller(keras.Model):
    def __init__(self, student, teacher, **kwargs):
        super().__init__(**kwargs)
        self.student, self.teacher = student, teacher
        self.match = layers.Dense(teacher.output[1].shape[-1], name="match")

    def compile(self, optimizer, metrics, student_loss_fn, distillation_loss_fn, alpha=0.1, temperature=3):
        super().compile(optimizer=optimizer, metrics=metrics)
        self.student_loss_fn, self.distillation_loss_fn = student_loss_fn, distillation_loss_fn
        self.alpha, self.temperature = alpha, temperature
        self.tracker = keras.metrics.Mean(name="distillation")

    def call(self, x, training=None):
        logits, hidden = self.student(x, training=training)
        return logits, self.match(hidden)

    def train_step(self, data):
        x, y = data
        teacher_logits, teacher_hidden = self.teacher(x, training=False)
        with tf.GradientTape() as tape:
            logits, hidden = self(x, training=True)
            student_loss = self.student_loss_fn(y, logits)
            soft = self.distillation_loss_fn(
                tf.nn.softmax(teacher_logits / self.temperature, axis=1), tf.nn.softmax(logits / self.temperature, axis=1)
            ) * self.temperature**2
            hint = tf.reduce_mean(tf.math.squared_difference(tf.stop_gradient(teacher_hidden), hidden))
            loss = self.alpha * student_loss + (1 - self.alpha) * soft + 0.1 * hint
        variables = self.student.trainable_variables + self.match.trainable_variables
        gradients = tape.gradient(loss, variables)
        gradients, norm = tf.clip_by_global_norm(gradients, 5.0)
        self.optimizer.apply_gradients(zip(gradients, variables))
        self.tracker.update_state(soft)
        for metric in self.metrics:
            if metric.name == "compile_metrics":
                metric.update_state(y, logits)
        return {"loss": loss, "distillation": self.tracker.result(), "norm": norm}

    def test_step(self, data):
        x, y = data
        logits, _ = self(x, training=False)
        return {"student_loss": self.student_loss_fn(y, logits)}


rng = np.random.default_rng(5)
x = rng.integers(0, 16, (320, 10))
y = (x // 4 == np.arange(4)[:, None, None]).sum(-1).argmax(0)  # which quarter of the vocabulary is most frequent
teacher = make(32, 2, "teacher")
teacher_classifier = keras.Model(teacher.input, teacher.output[0])
teacher_classifier.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
teacher_classifier.fit(x[:256], y[:256], epochs=3, batch_size=32, verbose=2)
teacher.trainable = False
student = make(12, 1, "student")
distiller = Distiller(student, teacher)
distiller.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
    student_loss_fn=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    distillation_loss_fn=keras.losses.KLDivergence(),
)
history = distiller.fit(x[:256], y[:256], epochs=3, batch_size=32, verbose=0)
print({k: [round(float(v), 4) for v in values] for k, values in history.history.items()})
print(distiller.evaluate(x[256:], y[256:], verbose=0, return_dict=True))
student.summary()
print(len(teacher.trainable_weights), teacher.count_params() / student.count_params())
