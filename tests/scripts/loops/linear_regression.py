"""Linear regression with bare variables."""
import tensorflow as tf

TRUE_W, TRUE_B, NUM_EXAMPLES = 3.0, 2.0, 101

x = tf.linspace(-2, 2, NUM_EXAMPLES)
x = tf.cast(x, tf.float32)
noise = 0.3 * tf.sin(17.0 * tf.range(NUM_EXAMPLES, dtype=tf.float32))
y = x * TRUE_W + TRUE_B + noise


class MyModel(tf.Module):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.w = tf.Variable(5.0)
        self.b = tf.Variable(0.0)

    def __call__(self, x):
        return self.w * x + self.b


def loss(target_y, predicted_y):
    return tf.reduce_mean(tf.square(target_y - predicted_y))


def train(model, x, y, learning_rate):
    with tf.GradientTape() as t:
        current_loss = loss(y, model(x))
    dw, db = t.gradient(current_loss, [model.w, model.b])
    model.w.assign_sub(learning_rate * dw)
    model.b.assign_sub(learning_rate * db)


model = MyModel()
print("Variables:", len(model.variables))
for epoch in range(10):
    train(model, x, y, learning_rate=0.1)
    print("Epoch %2d: W=%1.4f b=%1.4f, loss=%2.5f" % (epoch, model.w.numpy(), model.b.numpy(), loss(y, model(x))))
