"""nano: a Keras in one file of NumPy, to be read from top to bottom before anything else.

    python examples/internals/nano.py

It trains a convolutional network on handwritten digits. Given the same seed it starts from the same weights as
tf.keras, takes the samples in the same order, and prints the same losses; tests/parity/test_nano.py compares them.
Nothing is left out except speed, generality and error messages. Each part names the files of minikeras that have all
three: here you can read it in an hour, there in detail.
"""

import random
from pathlib import Path

import numpy as np

# ---- 1. Tensors and the tape -------------------------------- minikeras/autodiff/tensor.py, minikeras/autodiff/tape.py


class Tensor:
    """An array that ops are applied to. The tape knows tensors by identity, not by value."""

    def __init__(self, array):
        self.array = np.asarray(array, "float32")

    def __add__(self, other):
        return add(self, other)

    def __mul__(self, other):
        return multiply(self, other)

    def __matmul__(self, other):
        return matmul(self, other)


class Tape:
    """The calls of ops in its `with` block, in order; `gradient` goes through them backwards."""

    active = None

    def __enter__(self):
        self.calls = []
        Tape.active = self
        return self

    def __exit__(self, *error):
        Tape.active = None

    def gradient(self, target, sources):
        """d target / d source, for each source.

        The list is in the order of execution. So on the way back, all uses of a tensor come before its origin, where
        its gradient is then complete.
        """
        gradients = {target: np.ones_like(target.array)}
        for inputs, output, backward in reversed(self.calls):
            if output not in gradients:
                continue  # the target does not depend on it
            for x, dx in zip(inputs, backward(gradients.pop(output)), strict=False):
                dx = sum_to(dx, x.array.shape)
                gradients[x] = gradients[x] + dx if x in gradients else dx  # another use adds its share
        return [gradients[source] for source in sources]


def sum_to(dx, shape):
    """Undo broadcasting: an element that was used several times gets the sum over its uses."""
    dx = dx.sum(axis=tuple(range(dx.ndim - len(shape))))
    return dx.sum(axis=tuple(axis for axis, length in enumerate(shape) if length < dx.shape[axis]), keepdims=True)


def op(function):
    """Make an op of a function of arrays that returns its result y, and the function dy → (dx of each tensor).

    That second function holds the arrays that it will need: this is the memory that training takes. In minikeras an op
    is a class that names what it keeps: minikeras/autodiff/operation.py
    """

    def call(*inputs):
        y, backward = function(*[x.array if isinstance(x, Tensor) else x for x in inputs])
        output = Tensor(y)
        if Tape.active:
            Tape.active.calls.append((inputs, output, backward))
        return output

    return call


# ---- 2. Ten ops --------------------------------------------------------------- minikeras/ops/, a file for each family


@op
def add(a, b):
    """y = a + b;   da = dy, db = dy.                                                minikeras/autodiff/arithmetic.py"""
    return a + b, lambda dy: (dy, dy)


@op
def multiply(a, b):
    """y = a · b;   da = dy · b, db = dy · a.                                        minikeras/autodiff/arithmetic.py"""
    return a * b, lambda dy: (dy * b, dy * a)


@op
def matmul(a, b):
    """y = a b;   da = dy bᵀ, db = aᵀ dy.                                        minikeras/autodiff/matrix_product.py"""
    return a @ b, lambda dy: (dy @ b.T, a.T @ dy)


@op
def relu(x):
    """y = max(x, 0);   dx = dy where x > 0.                                              minikeras/ops/activation.py"""
    return np.maximum(x, 0), lambda dy: (dy * (x > 0),)


@op
def reshape(x, shape):
    """The same elements in another shape;   dx: those of dy in the old one.             minikeras/autodiff/shapes.py"""
    return x.reshape(shape), lambda dy: (dy.reshape(x.shape),)


@op
def mean(x):
    """y = Σ x / n over all n elements;   dx = dy / n for each.                            minikeras/ops/reduction.py"""
    return x.mean(), lambda dy: (np.full_like(x, dy / x.size),)


@op
def softmax_op(x):
    """y = eˣ / Σ eˣ along the last axis;   dx = y · (dy − Σ dy · y).                        minikeras/ops/softmax.py"""
    e = np.exp(x - x.max(axis=-1, keepdims=True))  # exp overflows above 88; the shift leaves y unchanged
    y = e / e.sum(axis=-1, keepdims=True)
    return y, lambda dy: (y * (dy - (dy * y).sum(axis=-1, keepdims=True)),)


def softmax(x):
    """Probabilities that know their logits: the crossentropy of logits is exact, whereas ln(y) is clipped near 0."""
    y = softmax_op(x)
    y.logits = x
    return y


@op
def sparse_crossentropy(x, labels):
    """loss = −ln softmax(x)[label];   dx = dloss · (softmax(x) − one-hot label).       minikeras/ops/crossentropy.py"""
    shifted = x - x.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    one_hot = labels[:, None] == np.arange(x.shape[-1])
    return -(log_p * one_hot).sum(axis=-1), lambda dloss: (dloss[:, None] * (np.exp(log_p) - one_hot),)


def patches_of(x, height, width, flipped=False):
    """What a window sees at each position of the images x (n, rows, columns, channels), as one row per position."""
    top, left = (height - 1 + flipped) // 2, (width - 1 + flipped) // 2  # "same" padding: an odd row goes to the end
    padded = np.pad(x, ((0, 0), (top, height - 1 - top), (left, width - 1 - left), (0, 0)))
    positions = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    return positions.transpose(0, 1, 2, 4, 5, 3).reshape(-1, height * width * x.shape[-1])


@op
def convolution(x, kernel):
    """y[n, i, j, f] = Σ x[n, i + a, j + b, c] · kernel[a, b, c, f], over a, b, c.       minikeras/ops/convolution.py"""
    height, width, channels, filters = kernel.shape
    patches = patches_of(x, height, width)
    y = (patches @ kernel.reshape(-1, filters)).reshape(*x.shape[:-1], filters)

    def backward(dy):
        dkernel = (patches.T @ dy.reshape(-1, filters)).reshape(kernel.shape)
        # A pixel gets a share of every dy whose window saw it: a convolution of dy with the flipped window.
        flipped = kernel[::-1, ::-1].transpose(0, 1, 3, 2).reshape(-1, channels)
        return (patches_of(dy, height, width, True) @ flipped).reshape(x.shape), dkernel

    return y, backward


@op
def max_pool(x):
    """The largest of each 2×2 block;   the first element that has it gets its gradient.     minikeras/ops/pooling.py"""
    n, rows, columns, channels = x.shape
    blocks = x.reshape(n, rows // 2, 2, columns // 2, 2, channels).transpose(0, 1, 3, 5, 2, 4)
    blocks = blocks.reshape(*blocks.shape[:4], 4)
    is_first = blocks.argmax(axis=-1)[..., None] == np.arange(4)

    def backward(dy):
        dblocks = (is_first * dy[..., None]).reshape(*dy.shape, 2, 2)
        return (dblocks.transpose(0, 1, 4, 2, 5, 3).reshape(x.shape),)

    return blocks.max(axis=-1), backward


# ---- 3. Random numbers ------------------------------------ minikeras/random/global_seed.py, minikeras/kernels/random/

LOW = 0xFFFFFFFF  # the lower 32 bits


def philox(key, stream, position):
    """Random words: ten rounds that mix a counter (stream, position) with a key. Four words for each position.

    There is no state: word 1000 does not need the others, and the same seed gives the same words on any machine.
    """
    k0, k1 = np.uint64(key & LOW), np.uint64(key >> 32)
    c0, c1 = np.asarray(position, "uint64") & LOW, np.asarray(position, "uint64") >> 32
    c2, c3 = np.full_like(c0, stream & LOW), np.full_like(c0, stream >> 32)
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & LOW, (p0 >> 32) ^ c3 ^ k1, p0 & LOW
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & LOW, (k1 + np.uint64(0xBB67AE85)) & LOW
    return np.stack([c0, c1, c2, c3], axis=-1)


def glorot_uniform(shape, seed):
    """|w| < √(6 / (fan_in + fan_out)), which keeps the size of signals.   minikeras/initializers/variance_scaling.py"""
    # Neighbouring seeds must not give related numbers, so the seed is encrypted first, with TensorFlow's key.
    w0, w1, w2, w3 = [int(word) for word in philox(0x02461E293EC8F720, 0, seed)]
    size = int(np.prod(shape))
    words = philox(w0 | w1 << 32, w2 | w3 << 32, np.arange((size + 3) // 4)).reshape(-1)[:size]
    u = (words & 0x7FFFFF).astype("float32") * np.float32(2.0**-23)  # a float holds 23 random bits, 0 ≤ u < 1
    limit = np.float32(np.sqrt(6 / (np.prod(shape[:-2]) * (shape[-2] + shape[-1]))))
    return (u * (limit + limit) - limit).reshape(shape)


def shuffled(size, seed):
    """An order of the samples: sample k is swapped with a random one of k, k + 1, … (Fisher and Yates)."""
    order = np.arange(size)
    words = philox(seed, 0, np.arange((size + 3) // 4)).reshape(-1)
    for k in range(size - 1):
        other = k + int(words[k]) % (size - k)
        order[k], order[other] = order[other], order[k]
    return order


def set_random_seed(seed):
    """Repeatable from here on: layers draw seeds from Python's `random`, `fit` shuffles by `seed` in every epoch."""
    random.seed(seed)
    Sequential.shuffle_seed = seed


# ---- 4. Layers ----------------------------------------------------------------------------- minikeras/layers/layer.py


class Layer:
    """Something callable that makes its weights when the first input shows its shape."""

    weights = None

    def __call__(self, x):
        if self.weights is None:
            self.weights = self.build(x.array.shape)
        return self.call(x)

    def build(self, shape):
        return []


class Dense(Layer):
    """activation(x @ kernel + bias).                                                  minikeras/layers/core/dense.py"""

    window = ()  # the axes of the kernel before those of inputs and outputs

    def __init__(self, units, activation=None):
        self.units, self.activation = units, activation
        self.seed = random.randint(1, 10**9)

    def build(self, shape):
        self.kernel = Tensor(glorot_uniform((*self.window, shape[-1], self.units), self.seed))
        self.bias = Tensor(np.zeros(self.units))
        return [self.kernel, self.bias]

    def product(self, x):
        return x @ self.kernel

    def call(self, x):
        y = self.product(x) + self.bias
        return self.activation(y) if self.activation else y


class Conv2D(Dense):
    """A Dense layer at every position of a window.                          minikeras/layers/convolutional/conv2d.py"""

    def __init__(self, filters, kernel_size, activation=None):
        super().__init__(filters, activation)
        self.window = kernel_size, kernel_size

    def product(self, x):
        return convolution(x, self.kernel)


class MaxPooling2D(Layer):
    """Half as many rows and columns, which must be even.                   minikeras/layers/pooling/max_pooling2d.py"""

    def call(self, x):
        return max_pool(x)


class Flatten(Layer):
    """One row of numbers per sample.                                           minikeras/layers/reshaping/flatten.py"""

    def call(self, x):
        return reshape(x, (len(x.array), -1))


# ---- 5. Adam ---------------------------------------------------------------------------- minikeras/optimizers/adam.py


class Adam:
    """m ← m + (g − m)·(1 − β₁),   v ← v + (g² − v)·(1 − β₂),   w ← w − α·m / (√v + ε).

    A step along the mean gradient m, divided by its root mean square √v. Both start at 0, which α makes up for.
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        self.learning_rate, self.beta_1, self.beta_2, self.epsilon = learning_rate, beta_1, beta_2, epsilon
        self.step, self.slots = 0, {}

    def apply(self, gradients, weights):
        """Change the weights by one step."""
        self.step += 1
        alpha = np.float32(self.learning_rate * (1 - self.beta_2**self.step) ** 0.5 / (1 - self.beta_1**self.step))
        for g, w in zip(gradients, weights, strict=True):
            m, v = self.slots.get(w, (np.zeros_like(g), np.zeros_like(g)))
            m = m + (g - m) * np.float32(1 - self.beta_1)
            v = v + (g * g - v) * np.float32(1 - self.beta_2)
            w.array = w.array - alpha * m / (np.sqrt(v) + np.float32(self.epsilon))
            self.slots[w] = m, v


# ---- 6. Sequential ------------------------------------- minikeras/models/sequential.py, minikeras/trainers/trainer.py


class Sequential:
    """Layers, one after the other; `fit` trains them to predict the class of each sample."""

    shuffle_seed = None

    def __init__(self, layers):
        self.layers = layers
        self.optimizer = Adam()

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    @property
    def weights(self):
        """Those of all layers, in order."""
        return [weight for layer in self.layers for weight in layer.weights]

    def train_step(self, x, labels):
        """Forward, loss, backward, update."""
        with Tape() as tape:
            y_pred = self(Tensor(x))
            loss = mean(sparse_crossentropy(y_pred.logits, labels))
        self.optimizer.apply(tape.gradient(loss, self.weights), self.weights)
        return float(loss.array), np.mean(y_pred.array.argmax(axis=-1) == labels)

    def fit(self, x, labels, epochs=1, batch_size=32, verbose=True):
        """Train. Returns the loss and accuracy of each epoch."""
        history = {"loss": [], "accuracy": []}
        for epoch in range(epochs):
            order = shuffled(len(x), random.getrandbits(31) if self.shuffle_seed is None else self.shuffle_seed)
            batches = [order[start : start + batch_size] for start in range(0, len(x), batch_size)]
            steps = [self.train_step(x[batch], labels[batch]) for batch in batches]
            sizes = [len(batch) for batch in batches]  # the last one may be smaller, and counts less
            for name, mean_of_steps in zip(history, np.average(steps, axis=0, weights=sizes), strict=True):
                history[name].append(float(mean_of_steps))
            if verbose:
                print(f"epoch {epoch + 1}/{epochs}", *[f"- {name}: {h[-1]:.4f}" for name, h in history.items()])
        return history

    def predict(self, x):
        """The probabilities of the classes."""
        return self(Tensor(x)).array

    def evaluate(self, x, labels):
        """[loss, accuracy], without training."""
        y_pred = self(Tensor(x))
        loss = sparse_crossentropy(y_pred.logits, labels).array.mean()
        return [float(loss), float(np.mean(y_pred.array.argmax(axis=-1) == labels))]


# ---- and all of it together -------------------------------- minikeras/datasets/digits.py, minikeras/tools/cli/demo.py


def load_digits(training_samples=1437):
    """1797 handwritten digits of 8×8 pixels from 0 to 1, and what they mean: ((x_train, y_train), (x_test, y_test))."""
    with np.load(Path(__file__).parents[2] / "minikeras" / "datasets" / "digits.npz") as arrays:
        x, y = arrays["x"][..., None] / np.float32(16), arrays["y"]
    return (x[:training_samples], y[:training_samples]), (x[training_samples:], y[training_samples:])


def build_model():
    """The network of `python -m minikeras demo`, without its dropout."""
    return Sequential([Conv2D(24, 3, relu), MaxPooling2D(), Conv2D(48, 3, relu), Flatten(), Dense(10, softmax)])


if __name__ == "__main__":
    set_random_seed(42)
    (x_train, y_train), (x_test, y_test) = load_digits()
    model = build_model()
    model.fit(x_train, y_train, epochs=5)
    print("loss and accuracy on digits that it has never seen:", model.evaluate(x_test, y_test))
