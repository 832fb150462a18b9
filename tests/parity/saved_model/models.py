"""Models of all kinds, as functions of tf.keras, which exports them."""

ACTIVATIONS = (
    "relu sigmoid tanh softmax softplus softsign elu selu gelu silu hard_sigmoid hard_silu leaky_relu relu6 "
    "log_softmax mish exponential celu log_sigmoid glu hard_tanh tanh_shrink squareplus soft_shrink hard_shrink "
    "sparse_plus sparsemax"
)


def sequential(*layers, shape, dtype=None):
    """A function that makes a Sequential of layers, given as functions of `keras.layers`."""

    def make(keras):
        parts = [layer(keras.layers) for layer in layers]
        return keras.Sequential([keras.Input(shape, dtype=dtype), *parts])

    return make


def functional(function, *shapes, dtype=None):
    """A function that makes a model of `function(layers, *inputs)`."""

    def make(keras):
        inputs = [keras.Input(shape, dtype=dtype) for shape in shapes]
        return keras.Model(inputs[0] if len(inputs) == 1 else inputs, function(keras.layers, *inputs))

    return make


def _named(keras):
    a, b = keras.Input((4,), name="b"), keras.Input((3,), name="a")
    return keras.Model({"b": a, "a": b}, {"x": keras.layers.Dense(2)(a), "y": keras.layers.Dense(3)(b)})


def _mixed(keras):
    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        return sequential(
            lambda k: k.Dense(8, activation="relu"),
            lambda k: k.BatchNormalization(),
            lambda k: k.Dense(3, dtype="float32"),
            shape=(4,),
        )(keras)
    finally:
        keras.mixed_precision.set_global_policy(policy)


def _operations(keras):
    ops = keras.ops
    x = keras.Input((4, 5))
    outputs = [
        *[ops.sum(x, 1), ops.mean(x, -1, keepdims=True), ops.max(x, 1), ops.argmax(x, -1), ops.var(x, 1)],
        *[ops.sort(x, -1), ops.top_k(x, 2)[0], ops.cumsum(x, 1), ops.where(x > 0, x, -x), ops.clip(x, -1, 1)],
        *[ops.stack([x, x], 1), x[:, 1:3], x[:, -1], x[..., None], ops.split(x, 2, 1)[0], ops.logsumexp(x, 1)],
        *[ops.cast(x > 0, "int32"), ops.flip(x, 1), ops.roll(x, 1, 1), ops.tile(x, (1, 2, 1)), ops.norm(x, axis=-1)],
        *[ops.one_hot(ops.argmax(x, -1), 5), ops.take(x, [0, 2], 1), ops.pad(x, ((0, 0), (1, 1), (0, 0)), "reflect")],
        *[ops.repeat(x, 2, 1), ops.any(x > 0, 1), ops.mod(x, 2.0), ops.floor_divide(x, 2.0), ops.erf(x)],
        *[ops.tril(ops.matmul(x, ops.transpose(x, (0, 2, 1)))), ops.take_along_axis(x, ops.argsort(x, -1), -1)],
    ]
    return keras.Model(x, outputs)


MODELS = {
    "dense": sequential(
        lambda k: k.Dense(8, activation="relu"), lambda k: k.Dense(3, activation="softmax"), shape=(4,)
    ),
    "activations": functional(lambda k, x: [k.Activation(name)(x) for name in ACTIVATIONS.split()], (4,)),
    "activation layers": functional(
        lambda k, x: [a(x) for a in (k.PReLU(), k.LeakyReLU(), k.ELU(), k.ReLU(6.0, 0.1, 0.2), k.Softmax())], (4,)
    ),
    "conv2d": sequential(
        lambda k: k.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
        lambda k: k.MaxPooling2D(),
        lambda k: k.Flatten(),
        lambda k: k.Dense(2),
        shape=(9, 9, 3),
    ),
    "dilated and grouped": sequential(
        lambda k: k.Conv2D(4, 3, dilation_rate=2), lambda k: k.Conv2D(4, 3, groups=2, padding="same"), shape=(9, 9, 4)
    ),
    "conv1d": sequential(
        lambda k: k.Conv1D(4, 3, padding="causal"),
        lambda k: k.Conv1D(4, 3, padding="same", dilation_rate=2),
        lambda k: k.MaxPooling1D(),
        lambda k: k.AveragePooling1D(2),
        lambda k: k.GlobalMaxPooling1D(),
        shape=(12, 3),
    ),
    "conv3d": sequential(
        lambda k: k.Conv3D(3, 3, padding="same"),
        lambda k: k.MaxPooling3D(),
        lambda k: k.AveragePooling3D(2),
        lambda k: k.GlobalAveragePooling3D(),
        shape=(6, 6, 6, 2),
    ),
    "separable and depthwise": sequential(
        lambda k: k.SeparableConv2D(4, 3),
        lambda k: k.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
        lambda k: k.DepthwiseConv2D(3, strides=2),
        shape=(8, 8, 3),
    ),
    "transposed": sequential(
        lambda k: k.Conv2DTranspose(4, 3, strides=2, padding="same"), lambda k: k.Conv2DTranspose(2, 3), shape=(5, 5, 3)
    ),
    "transposed of other ranks": functional(
        lambda k, x, v: [k.Conv1DTranspose(4, 3, strides=2)(x), k.Conv3DTranspose(2, 3, strides=2)(v)],
        (5, 3),
        (3, 3, 3, 2),
    ),
    "pooling": sequential(
        lambda k: k.AveragePooling2D(3, 2, padding="same"),
        lambda k: k.GlobalMaxPooling2D(keepdims=True),
        shape=(9, 9, 3),
    ),
    "batch normalization": sequential(
        lambda k: k.Conv2D(4, 3),
        lambda k: k.BatchNormalization(),
        lambda k: k.ReLU(),
        lambda k: k.GlobalAveragePooling2D(),
        lambda k: k.Dropout(0.5),
        lambda k: k.Dense(2),
        shape=(6, 6, 3),
    ),
    "normalizations": sequential(
        lambda k: k.LayerNormalization(),
        lambda k: k.Dense(4),
        lambda k: k.GroupNormalization(2),
        lambda k: k.UnitNormalization(),
        lambda k: k.RMSNormalization(),
        lambda k: k.SpectralNormalization(k.Dense(3)),
        shape=(5, 8),
    ),
    "embedding": sequential(lambda k: k.Embedding(10, 4), lambda k: k.Dense(2), shape=(5,), dtype="int32"),
    "masked lstm": sequential(
        lambda k: k.Embedding(10, 4, mask_zero=True), lambda k: k.LSTM(3), shape=(5,), dtype="int32"
    ),
    "attention": functional(
        lambda k, x, y: [
            k.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True),
            k.GroupQueryAttention(4, 4, 2)(x, x),
            k.Attention()([x, y]),
            k.AdditiveAttention()([x, y]),
        ],
        (5, 8),
        (6, 8),
    ),
    "lstm": sequential(lambda k: k.LSTM(4, return_sequences=True), lambda k: k.LSTM(3), shape=(None, 3)),
    "gru": sequential(lambda k: k.GRU(4, return_sequences=True), lambda k: k.GRU(3, reset_after=False), shape=(5, 3)),
    "simple rnn backwards": sequential(lambda k: k.SimpleRNN(4, go_backwards=True), shape=(5, 3)),
    "unrolled": sequential(lambda k: k.LSTM(4, unroll=True), shape=(5, 3)),
    "bidirectional": sequential(lambda k: k.Masking(), lambda k: k.Bidirectional(k.LSTM(4)), shape=(5, 3)),
    "time distributed": sequential(lambda k: k.TimeDistributed(k.Dense(3)), shape=(5, 4)),
    "convlstm": sequential(lambda k: k.ConvLSTM2D(3, 3), shape=(4, 6, 6, 2)),
    "merging": functional(
        lambda k, a, b: [
            *[layer()([a, b]) for layer in (k.Add, k.Subtract, k.Multiply, k.Average, k.Maximum, k.Minimum)],
            k.Concatenate()([a, b]),
            k.Dot(1)([a, b]),
        ],
        (4,),
        (4,),
    ),
    "reshaping": sequential(
        lambda k: k.Permute((2, 1)),
        lambda k: k.Reshape((2, -1)),
        lambda k: k.Flatten(),
        lambda k: k.RepeatVector(3),
        shape=(4, 6),
    ),
    "padding and upsampling": sequential(
        lambda k: k.ZeroPadding2D(2),
        lambda k: k.Cropping2D(((1, 0), (2, 1))),
        lambda k: k.UpSampling2D(2),
        lambda k: k.UpSampling2D(2, interpolation="bilinear"),
        shape=(6, 6, 2),
    ),
    "images": sequential(
        lambda k: k.Rescaling(1 / 255.0), lambda k: k.Resizing(5, 7), lambda k: k.CenterCrop(3, 3), shape=(8, 8, 3)
    ),
    "augmentation": sequential(
        lambda k: k.Resizing(5, 7, interpolation="nearest"),
        lambda k: k.RandomFlip(),
        lambda k: k.RandomRotation(0.2),
        lambda k: k.RandomZoom(0.1),
        shape=(8, 8, 3),
    ),
    "normalization": sequential(
        lambda k: k.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 9.0]), lambda k: k.Dense(2), shape=(3,)
    ),
    "categories": functional(
        lambda k, x: [
            k.CategoryEncoding(8, "multi_hot")(x),
            k.CategoryEncoding(8, "count")(x),
            k.Hashing(5)(x),
            k.IntegerLookup(vocabulary=[3, 5, 7])(x),
        ],
        (3,),
        dtype="int64",
    ),
    "discretization": sequential(lambda k: k.Discretization([0.0, 1.0, 2.0]), shape=(3,)),
    "words": functional(
        lambda k, x: [k.StringLookup(vocabulary=["a", "b", "c"])(x), k.HashedCrossing(5)([x, x])], (1,), dtype="string"
    ),
    "text": sequential(
        lambda k: k.TextVectorization(vocabulary=["hello", "world"], output_sequence_length=4), shape=(), dtype="string"
    ),
    "spectrogram": sequential(
        lambda k: k.MelSpectrogram(fft_length=256, sequence_stride=128, num_mel_bins=16), shape=(2048,)
    ),
    "einsum": sequential(lambda k: k.EinsumDense("abc,cd->abd", output_shape=(None, 6), bias_axes="d"), shape=(5, 4)),
    "dicts": _named,
    "mixed precision": _mixed,
    "operations": _operations,
}
