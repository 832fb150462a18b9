"""Mistakes planted in the reference solutions, and the hint that each must get.

{exercise: [(text of the solution, what it is replaced by, aspect, words of the hint)]}
"""

PLANTED = {
    "dense": [
        (" + bias", "", "missing term", "bias is not added"),
        ("+ bias", "+ bias[:, None]", "broadcasting", "last axis of y"),
        ("x @ kernel + bias", "x @ kernel.T + bias", "order", "rows are inputs"),
        ("dy.sum(axis=0)", "dy", "shape", "summed over the samples"),
        ("dy.sum(axis=0)", "dy.mean(axis=0)", "missing term", "should be their sum"),
        ("x.T @ dy, dy.sum(axis=0)", "x.T @ dy / len(x), dy.mean(axis=0)", "missing term", "means over the samples"),
        ("dy.sum(axis=0)", "dy.sum(axis=1)", "shape", "over the units"),
        ("dy.sum(axis=0)", "dy.sum(axis=0, keepdims=True)", "shape", "was summed, or kept"),
        ("x.T @ dy", "dy.T @ x", "order", "dkernel is transposed"),
        ("x @ kernel + bias", "x * kernel + bias", "error", "could not be broadcast"),
        ("dy @ kernel.T", "2 * dy @ kernel.T", "missing term", "All values are 2 times"),
        ("return x @ kernel + bias", "x += 1\n    return x @ kernel + bias", "side effect", "changed in place"),
        ("return dy @ kernel.T,", "return", "shape", "should return dx, dkernel, dbias"),
        ("return x @ kernel + bias", "return kernels", "error", "NameError"),
    ],
    "softmax_crossentropy": [
        ("np.exp(shifted)\n", "np.exp(logits)\n", "numerical range", "exp(x) overflows"),
        ("exp.sum(axis=-1, keepdims=True)", "exp.sum()", "broadcasting", "each row is a separate distribution"),
        ("exp.sum(axis=-1, keepdims=True)", "exp.sum(axis=0)", "broadcasting", "axis 0"),
        ("return -log_softmax", "return log_softmax", "formula", "The sign"),
        ("-log_softmax(logits)", "-np.log(softmax(logits))", "numerical range", "log(0)"),
        ("-log_softmax(logits)", "-np.log(softmax(logits) + 1e-7)", "numerical range", "nearly right"),
        ("np.arange(len(labels)), labels] -= 1", "np.arange(len(labels)), labels] -= 0", "missing term", "own term"),
        ("-log_softmax(logits)", "-np.log(np.maximum(softmax(logits), 1e-12))", "numerical range", "away from 0"),
        (
            "-log_softmax(logits)[np.arange(len(labels)), labels]",
            "-log_softmax(logits)[:, labels]",
            "broadcasting",
            "its own label",
        ),
        ("dlogits / len(labels)", "dlogits / logits.shape[1]", "missing term", "number of classes"),
        ("dlogits / len(labels)", "dlogits", "missing term", "factor 1 / samples"),
    ],
    "adam": [
        (
            "rate = learning_rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)",
            "rate = learning_rate",
            "missing term",
            "too small",
        ),
        ("np.sqrt(1 - beta_2**step)", "1", "missing term", "that of v"),
        ("np.sqrt(1 - beta_2**step)", "(1 - beta_2**step)", "missing term", "is under a root"),
        ("beta_2**step) / (1 - beta_1**step)", "beta_2 * step) / (1 - beta_1 * step)", "formula", "an exponent"),
        ("w - rate", "w + rate", "formula", "points uphill"),
        ("np.sqrt(v) + epsilon", "np.sqrt(v + epsilon)", "formula", "under the root"),
        ("g**2", "g", "missing term", "that of g²"),
        ("beta_1 * m + (1 - beta_1) * g", "(1 - beta_1) * m + beta_1 * g", "order", "the old m keeps"),
        (
            "rate * m / (np.sqrt(v)",
            "rate / np.sqrt(1 - beta_2**step) * m / (np.sqrt(v / (1 - beta_2**step))",
            "formula",
            "paper's form",
        ),
    ],
    "conv2d": [
        (" + bias", "", "missing term", "bias is not added"),
        ("np.tensordot(window, kernel, 3)", "np.tensordot(window, kernel[::-1, ::-1], 3)", "order", "rotated by 180"),
        ("total // 2, total - total // 2", "(size - 1) // 2, (size - 1) // 2", "formula", "even size"),
        (
            "total = max((math.ceil(length / stride) - 1) * stride + size - length, 0)",
            "total = size - 1",
            "formula",
            "that of stride 1",
        ),
        ("total // 2, total - total // 2", "total - total // 2, total // 2", "formula", "below and to the right"),
        (
            "total = max((math.ceil(length / stride) - 1) * stride + size - length, 0)",
            "total = 2 * (size // 2)",
            "formula",
            "both sides",
        ),
        ("- a) // stride + 1", "- a) // stride", "shape", "has shape"),
    ],
    "batch_normalization": [
        (
            "gamma * (x - mean) / np.sqrt(variance",
            "gamma * (x - moving_mean) / np.sqrt(moving_variance",
            "formula",
            "only updated",
        ),
        ("x.var(axis=axes)", "x.var(axis=axes, ddof=1)", "formula", "count − 1"),
        ("np.sqrt(variance + epsilon)", "(np.sqrt(variance) + epsilon)", "formula", "below it"),
        (
            "momentum * moving_mean + (1 - momentum) * mean",
            "(1 - momentum) * moving_mean + momentum * mean",
            "formula",
            "values differ",
        ),
        ("return y, new_mean, new_variance", "return y, mean, variance", "missing term", "replaced the moving ones"),
        (
            "gamma * (x - mean) / np.sqrt(variance + epsilon) + beta",
            "(x - mean) / np.sqrt(variance + epsilon)",
            "missing term",
            "gamma and beta",
        ),
        ("tuple(range(x.ndim - 1))", "0", "broadcasting", "all axes except the last"),
        (
            "(x - moving_mean) / np.sqrt(moving_variance",
            "(x - x.mean(0)) / np.sqrt(x.var(0)",
            "formula",
            "own mean and variance",
        ),
    ],
    "lstm_cell": [
        ("i, f, g, o", "i, f, o, g", "order", "output gate comes last"),
        ("i, f, g, o", "f, i, g, o", "order", "i comes first"),
        ("logistic(o) * np.tanh(c)", "logistic(o) * c", "missing term", "tanh is missing"),
        ("i, f, g, o", "o, f, i, g", "order", "taken as o, f, i, g"),
        ("recurrent_kernel + bias", "recurrent_kernel", "missing term", "bias is not added"),
        ("return logistic(o) * np.tanh(c), c", "return c, logistic(o) * np.tanh(c)", "order", "exchanged"),
        ("np.tanh(g)", "logistic(g)", "formula", "not through the logistic"),
        (" + h @ recurrent_kernel", "", "missing term", "h · recurrent_kernel"),
    ],
    "attention": [
        (" / np.sqrt(query.shape[-1])", "", "missing term", "not divided"),
        ("np.sqrt(query.shape[-1])", "query.shape[-1]", "formula", "by its root"),
        ("np.exp(scores - scores.max(axis=-1, keepdims=True))", "np.exp(scores)", "numerical range", "overflows"),
        ("np.sqrt(query.shape[-1])", "np.sqrt(key.shape[1])", "formula", "number of keys"),
        ("scores.max(axis=-1, keepdims=True)", "scores.max()", "numerical range", "its own maximum"),
        ("p.sum(axis=-1, keepdims=True)", "p.sum(axis=1, keepdims=True)", "broadcasting", "summed over the queries"),
        ("np.where(mask, scores, -np.inf)", "np.where(mask, scores, 0)", "formula", "exp(0) is 1"),
        ("np.where(mask", "np.where(~mask", "order", "reversed"),
        ("mask is not None", "False", "missing term", "mask is ignored"),
    ],
    "dropout": [
        ("x / (1 - rate)", "x", "missing term", "not scaled"),
        ("x / (1 - rate)", "x / rate", "formula", "must be 1"),
        (">= rate", "< rate", "formula", "share that is dropped"),
        ("rng.random(x.shape)", "rng.random(x.shape[1])", "broadcasting", "same features"),
        ("rng.random(x.shape)", "rng.random((len(x), 1))", "broadcasting", "Whole samples"),
        ("rng.random(x.shape)", "np.random.default_rng(0).random(x.shape)", "randomness", "made again"),
        ("return x\n", "return x * (1 - rate)\n", "formula", "only training scales"),
    ],
    "functional_order": [
        ("reversed(outputs)", "inputs_of", "order", "not needed"),
        ("            found.append(node)\n", "            found.insert(0, node)\n", "order", "whose result it takes"),
        ("elif node not in state:", "else:", "order", "more than once"),
        ("raise ValueError", "raise KeyError", "error", "expected a ValueError"),
        ("                left.append((other, False))", "                pass", "missing term", "is needed for"),
    ],
    "fit_loop": [
        ("total / len(x)", "total / 9", "formula", "weigh as much"),
        ('best, waited = history["val_loss"][-1], 0', 'best = history["val_loss"][-1]', "formula", "begins again"),
        ("range(0, len(x), batch_size)", "range(0, len(x) - batch_size + 1, batch_size)", "missing term", "left out"),
        ("y[rows]", "y[begin : begin + batch_size]", "order", "belong together"),
        ("rows = order[begin", "rows = np.arange(len(x))[begin", "order", "`orders` is ignored"),
        ("rows = order[begin", "rows = orders[0][begin", "order", "all epochs used the first"),
        ("< best", "<= best", "missing term", "no improvement"),
        ("waited >= patience", "waited > patience", "missing term", "patience=2"),
    ],
}
RECURSIVE_ORDER = """
def order(inputs_of, outputs):
    found, on_path = [], set()

    def visit(node):
        if node in on_path:
            raise ValueError(node)
        if node not in found:
            on_path.add(node)
            for other in inputs_of[node]:
                visit(other)
            on_path.discard(node)
            found.append(node)

    for node in outputs:
        visit(node)
    return found
"""
ENDLESS_ORDER = """
def order(inputs_of, outputs):
    found, left = {}, list(outputs)
    while left:
        missing = [other for other in inputs_of[left[-1]] if other not in found]
        if missing:
            left += missing
        else:
            found[left.pop()] = True
    return list(found)
"""
FIT_WITHOUT_NUMBERS = """
def fit(train_step, test_loss, x, y, batch_size, orders, patience=None):
    for order in orders:
        for begin in range(0, len(x), batch_size):
            rows = order[begin : begin + batch_size]
            train_step(x[rows], y[rows])
        test_loss()
    return {"loss": None, "val_loss": None}
"""
