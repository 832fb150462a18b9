"""Which of the names that scripts use are there: counted in the shims, against the live TensorFlow and Keras."""

from types import ModuleType

from minikeras.compat.namespaces import namespace_shim

# In how many of 647 public Keras scripts and notebooks each name occurs: the most frequent ones.
KERAS_USES = {
    "layers.Dense": 477, "Sequential": 347, "Model": 328, "optimizers.Adam": 253, "Input": 248, "layers.Conv2D": 163,
    "layers.Dropout": 162, "layers.Flatten": 146, "layers.Layer": 129, "datasets.mnist": 114, "layers.Embedding": 97,
    "losses.SparseCategoricalCrossentropy": 95, "utils.get_file": 88, "layers.MaxPooling2D": 87, "optimizers.SGD": 83,
    "layers.BatchNormalization": 72, "callbacks.ModelCheckpoint": 68, "models.load_model": 65, "layers.LSTM": 63,
    "callbacks.EarlyStopping": 59, "optimizers.RMSprop": 54, "metrics.Mean": 54, "layers.Reshape": 52,
    "layers.Rescaling": 50, "losses.BinaryCrossentropy": 50, "metrics.SparseCategoricalAccuracy": 49,
    "layers.LayerNormalization": 46, "callbacks.Callback": 45, "layers.GlobalAveragePooling2D": 44,
    "layers.Conv1D": 42, "layers.RandomFlip": 40, "losses.CategoricalCrossentropy": 40, "utils.plot_model": 39,
    "layers.Bidirectional": 38, "layers.Activation": 37, "preprocessing.sequence.pad_sequences": 37,
    "datasets.fashion_mnist": 37, "layers.GlobalAveragePooling1D": 36, "layers.Conv2DTranspose": 35,
    "losses.MeanSquaredError": 33, "layers.MultiHeadAttention": 33, "layers.TextVectorization": 32,
    "preprocessing.image.ImageDataGenerator": 31, "layers.Add": 31, "utils.to_categorical": 30,
    "backend.clear_session": 28, "layers.Lambda": 27, "datasets.cifar10": 27, "layers.Concatenate": 26,
    "layers.RandomRotation": 26, "preprocessing.text.Tokenizer": 26,
}  # fmt: skip
TENSORFLOW_USES = {
    "data.Dataset.from_tensor_slices": 201, "float32": 181, "cast": 169, "GradientTape": 162, "reduce_mean": 128,
    "data.AUTOTUNE": 105, "reshape": 103, "expand_dims": 102, "shape": 93, "reduce_sum": 88, "random.set_seed": 88,
    "constant": 84, "image.resize": 81, "int32": 74, "concat": 70, "argmax": 70, "range": 67, "one_hot": 65,
    "function": 63, "random.uniform": 63, "zeros": 60, "random.normal": 60, "nn.relu": 59, "squeeze": 57,
    "nn.softmax": 55, "Variable": 54, "matmul": 48, "convert_to_tensor": 46, "reduce_max": 42, "string": 41,
    "int64": 40, "ones": 39, "square": 39, "equal": 39, "io.read_file": 38, "stack": 35, "data.Dataset.zip": 32,
    "newaxis": 32, "exp": 31, "sqrt": 29, "transpose": 29, "where": 28, "clip_by_value": 27, "abs": 24, "gather": 23,
    "tile": 21, "saved_model": 21, "math.log": 20, "split": 19,
}  # fmt: skip
COMMON = {f"tf.keras.{name}": uses for name, uses in KERAS_USES.items()} | {
    f"tf.{name}": uses for name, uses in TENSORFLOW_USES.items()
}
TENSORFLOW_NAMESPACES = [
    "", "data", "image", "io", "linalg", "math", "nn", "random", "signal", "strings", "bitwise", "sets", "sparse",
    "ragged", "train", "config", "debugging", "distribute", "errors", "summary", "test", "dtypes", "autograph",
]  # fmt: skip
KERAS_NAMESPACES = [
    "", "activations", "applications", "backend", "callbacks", "constraints", "initializers", "layers",
    "losses", "metrics", "mixed_precision", "models", "ops", "optimizers", "preprocessing.image",
    "preprocessing.sequence", "preprocessing.text", "random", "regularizers", "tree", "utils",
]  # fmt: skip
NAMESPACES = [f"tf.{name}".rstrip(".") for name in TENSORFLOW_NAMESPACES]
NAMESPACES += [f"tf.keras.{name}".rstrip(".") for name in KERAS_NAMESPACES]


MISSING = object()


def lookup(tf, name):
    """The object with a name such as "tf.math.log", or MISSING. (None is a value: `tf.newaxis`.)"""
    value = tf
    for part in name.split(".")[1:]:
        value = getattr(value, part, MISSING)
    return value


def missing_common_names():
    """Those of the much-used names that the shims lack."""
    tf = namespace_shim("tensorflow")
    return [name for name in COMMON if lookup(tf, name) is MISSING]


def shares(tf):
    """{namespace: (how many names are there, how many TensorFlow has, those missing)}; modules do not count."""
    found = {}
    for namespace in NAMESPACES:
        theirs, ours = lookup(tf, namespace), lookup(namespace_shim("tensorflow"), namespace)
        names = [name for name in dir(theirs) if name[0] != "_" and not isinstance(getattr(theirs, name), ModuleType)]
        missing = [name for name in names if not hasattr(ours, name)]
        found[namespace] = (len(names) - len(missing), len(names), missing)
    return found
