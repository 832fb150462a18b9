"""What `kernel_gains.py` measures of kernels that only plans run: their jobs alone, on prepared arrays, and NumPy.

Each function returns {name of a computation: (its arrays in words, its jobs, the same in NumPy)}.
"""

from functools import partial

import numpy as np

from benchmarks.inputs import normal
from minikeras.kernels import attention
from minikeras.kernels.address_table import AddressTable, At
from minikeras.kernels.block_jobs import pad_jobs, repeat_jobs
from minikeras.kernels.byte_product_jobs import Panels, pack_jobs, product_jobs, row_jobs
from minikeras.kernels.cast_jobs import cast_jobs
from minikeras.kernels.clipping_jobs import ClippedGradients
from minikeras.kernels.collective_jobs import add_job, write_job
from minikeras.kernels.column_jobs import total_jobs
from minikeras.kernels.confusion_jobs import count_confusion_job
from minikeras.kernels.constraint_jobs import norm_jobs
from minikeras.kernels.elementwise_jobs import fill_jobs, move_towards_jobs, put_columns_jobs
from minikeras.kernels.embedding_jobs import take_integer_rows_jobs
from minikeras.kernels.gather_jobs import gather_rows_jobs
from minikeras.kernels.global_pooling_jobs import global_max_jobs
from minikeras.kernels.group_normalization import group_normalization_jobs
from minikeras.kernels.integer_products import integer_product, quantized_rows
from minikeras.kernels.job_lists import run
from minikeras.kernels.loss_jobs import (
    add_rows_job,
    categorical_crossentropy_gradient_job,
    hits_among_top_job,
    hits_job,
    mean_of_rows_job,
)
from minikeras.kernels.memory import address_of, aligned
from minikeras.kernels.optimizer_jobs import AverageJobs, add_up
from minikeras.kernels.recurrence import gru_jobs, lstm_gradient_jobs, lstm_jobs, simple_rnn_jobs
from minikeras.kernels.recurrence.gate_jobs import lstm_gate_gradient_jobs, lstm_gate_jobs
from minikeras.kernels.recurrence.gru import gru_gradient_reference, gru_reference
from minikeras.kernels.recurrence.lstm import lstm_gates, lstm_gates_gradient, lstm_gradient_reference, lstm_reference
from minikeras.kernels.recurrence.simple_rnn import simple_rnn_gradient_reference, simple_rnn_reference
from minikeras.kernels.registry import references
from minikeras.kernels.resampling import resample_jobs
from minikeras.kernels.select_jobs import less_jobs
from minikeras.layers.quantization.float_weights import scaled
from minikeras.metrics.confusion_matrix import Thresholds
from minikeras.optimizers.adafactor import adafactor
from minikeras.optimizers.lamb import lamb

MATRIX = 1024, 256
ELEMENTS = 1 << 18
WORDS = "1024×256"
LOOP = 32, 20, 64  # batch, steps, units
OF_LOOP = "32 sequences of 20 steps, 64 units"
FUNCTIONS = "tanh", "sigmoid"


def of_elements():
    """Elements, rows and blocks."""
    x, dy = normal(MATRIX, MATRIX)
    y, wide, vector = aligned(MATRIX), aligned((1024, 512)), aligned((1024,))
    flat, flat_y, mask = x.reshape(-1), y.reshape(-1), np.zeros(ELEMENTS, np.uint8)
    images, whole = normal((16, 32, 32, 32), (16, 34, 34, 32))
    numbers, index = np.arange(ELEMENTS, dtype=np.int32), np.arange(1024)[::-1].copy()
    many, ends, weights = aligned((1024, 2, 256)), aligned((16, 64, 1024)), np.full((64, 2), 0.5, np.float32)
    positions = np.stack([np.arange(64) // 2, np.minimum(np.arange(64) // 2 + 1, 31)], 1)
    blocks, maxima = images.reshape(16, 32, 1024), aligned((16, 32))
    one, step = np.ones(1, np.float32), np.zeros(1, np.int64)
    windows, total = aligned((2, *MATRIX)), aligned(MATRIX)  # what two ranks have written, and their sum
    areas = np.array([address_of(windows), address_of(windows), windows[0].nbytes, 0])
    normal_of_groups = images.reshape(16, 1024, 4, 8)
    scales = normal((4, 8), (4, 8))
    moments = aligned((64,)), aligned((64,))
    return {
        "arrays of one number": (WORDS, fill_jobs(one, flat_y), partial(np.copyto, flat_y, one)),
        "columns of a matrix": (WORDS, put_columns_jobs(x, wide, 128), partial(np.copyto, wide[:, 128:384], x)),
        "comparisons with a number": (
            WORDS,
            less_jobs(flat, 0.5, mask, False),
            partial(np.less, flat, np.float32(0.5), out=mask.view(bool)),
        ),
        "sum of all elements": (WORDS, total_jobs(flat, one.copy()), flat.sum),
        "casts": (f"{ELEMENTS} int32 to float32", cast_jobs(numbers, flat_y), partial(np.copyto, flat_y, numbers)),
        "borders of zeros, and cuts": (
            "16×32×32×32, one at each side",
            pad_jobs(images.reshape(16, 32, 32, 32), whole, (1, 1, 0)),
            lambda: np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0))),
        ),
        "repeated elements, their sums": (WORDS, repeat_jobs(x, many), lambda: np.repeat(x[:, None], 2, axis=1)),
        "interpolation along an axis, and its gradient": (
            "16×32×1024 to 64",
            resample_jobs(blocks, positions, weights, ends),
            lambda: (blocks[:, positions] * weights[:, :, None]).sum(axis=2),
        ),
        "maximum of whole images": (
            "16×32×32×32",
            global_max_jobs(images.reshape(16, 1024, 32), maxima),
            lambda: images.max(axis=(1, 2)),
        ),
        "group normalization": (
            "16×32×32×32, 4 groups",
            group_normalization_jobs(normal_of_groups, *scales, 1e-3, np.empty_like(normal_of_groups), *moments),
            partial(_normalized_groups, normal_of_groups, *scales, np.float32(1e-3)),
        ),
        "sums and means of rows": (WORDS, [mean_of_rows_job(x, vector)], partial(np.mean, x, axis=1, out=vector)),
        "batches gathered, steps counted": (
            "1024 rows of 256",
            list(gather_rows_jobs(AddressTable([[At(0)]], given=0, own=[x]), index, step, y)),
            partial(np.take, x, index, axis=0, out=y, mode="clip"),
        ),
        "gradients of several ranks added": (
            f"{ELEMENTS} floats, two ranks",
            [write_job(x, areas, 0, 0.5), add_job(areas, 0, 2, total)],
            partial(_added_in_window, x, windows, total),
        ),
        "moving statistics": (
            "256",
            move_towards_jobs(x[0].copy(), dy[0], 0.9),
            lambda: x[0] * np.float32(0.9) + dy[0] * np.float32(0.1),
        ),
    }


def _normalized_groups(x, scale, offset, epsilon):
    mean = x.mean(axis=(1, 3), keepdims=True)
    variance = np.square(x - mean).mean(axis=(1, 3), keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * scale + offset


def of_losses():
    """Losses and metrics."""
    p, target = map(np.abs, normal((256, 10), (256, 10)))
    labels, dloss, hits, dlogits = np.arange(256) % 10, np.ones(256, np.float32), aligned((256,)), aligned((256, 10))
    total, count = np.zeros(1, np.float32), np.zeros(1, np.float32)
    thresholds = Thresholds(np.linspace(0, 1, 200).tolist())
    predictions, chances = np.random.default_rng(0).random((2, 1024)).astype("float32")
    yes_no, ones = np.round(chances), np.ones(1024, np.float32)
    counts = [np.zeros(200, np.float32) for _ in range(4)]
    rows = "256×10"
    return {
        "crossentropy of probabilities, gradient": (
            rows,
            [categorical_crossentropy_gradient_job(dloss, p, target, dlogits)],
            lambda: dloss[:, None] * (p - target),
        ),
        "weighted means over an epoch": (
            rows,
            [add_rows_job(p, dloss, total, count)],
            lambda: (np.sum(dloss * p.mean(axis=1)), dloss.sum()),
        ),
        "accuracy": (
            rows,
            [hits_job(p, labels, hits)],
            lambda: (p.argmax(axis=1) == labels).astype(np.float32),
        ),
        "accuracy of the top k": (
            f"{rows}, k 3",
            [hits_among_top_job(p, labels, 3, hits)],
            lambda: ((p > p[np.arange(256), labels][:, None]).sum(axis=1) < 3).astype(np.float32),
        ),
        "true and false positives and negatives": (
            "1024 predictions, 200 thresholds",
            [count_confusion_job(yes_no, predictions, ones, thresholds, counts)],
            partial(_confusion, thresholds, yes_no, predictions, ones),
        ),
    }


def _confusion(thresholds, labels, predictions, weights):
    above = predictions > np.asarray(thresholds.values, np.float32)[:, None]
    true = (labels != 0) * weights
    return above @ true, above @ (weights - true), ~above @ (weights - true), ~above @ true


def of_optimizers():
    """What is done to gradients and weights besides the rules."""
    sizes = [100_000, 30_000, 128]
    weights, averages = ([np.copy(x) for x in normal(*[(n,) for n in sizes])] for _ in range(2))
    average = AverageJobs([(n,) for n in sizes])
    average.scalars[:] = 0.9, 0.1, 0
    average.point_to([x for pair in zip(weights, averages, strict=True) for x in pair])
    clipping = ClippedGradients(sizes, "global_clipnorm", 1.0, 1.0)
    clipping.point_to(weights)
    spans, sums, totals = np.array([[0, 64]] * 64), *normal((64, 1), (64, 1))
    matrix = normal((512, 256))
    return {
        "moving averages of weights": (
            "three variables of 130,128",
            average.jobs,
            lambda: [a * np.float32(0.9) + w * np.float32(0.1) for w, a in zip(weights, averages, strict=True)],
        ),
        "clipping of gradients": (
            "three gradients of 130,128, by their global norm",
            clipping.jobs,
            lambda: _clipped(weights),
        ),
        "sums over a variable's chunks": (
            "64 chunks",
            [add_up.job(1, spans, sums, totals)],
            lambda: np.copyto(totals, sums.sum(axis=0)),
        ),
        "constraints on norms": (
            "512×256",
            norm_jobs(matrix, 0.0, 1.0, 1.0, 1e-7),
            lambda: matrix * (np.clip(n := np.sqrt(np.square(matrix).sum(axis=0)), 0, 1) / (np.float32(1e-7) + n)),
        ),
    }


def of_scaled_rules():
    """The rules whose step is scaled by norms."""
    found = {}
    for rule in (lamb, adafactor):
        shape = 512, 256
        jobs = rule.jobs([shape], [False])
        arrays = [np.abs(x) + np.float32(0.1) for x in normal(*_shapes(rule, shape))]
        jobs.scalars[:] = 0.1
        jobs.point_to(arrays)
        scalars = [np.float32(0.1)] * len(rule.scalars)
        found[f"one step of {rule.name}"] = "512×256 weights", jobs.jobs, partial(_by_references, rule, arrays, scalars)
    return found


def _shapes(rule, shape):
    """Of weights, gradient and slots: Adafactor's are the moments of rows, of columns, and of all."""
    return [shape] * (2 + rule.slots) if rule is lamb else [shape, shape, shape[:1], shape[1:], shape]


def _by_references(rule, arrays, scalars):
    with references():
        rule(*map(np.copy, arrays), *scalars)


def _clipped(gradients):
    norm = np.sqrt(sum(np.square(g).sum() for g in gradients))
    return [g * (np.float32(1) / np.maximum(norm, np.float32(1))) for g in gradients]


def of_sequences():
    """Recurrent loops and attention."""
    batch, steps, units = LOOP
    dh_of_steps, h0, c0 = normal(LOOP, (batch, units), (batch, units))
    found = {}
    for name, gates in (("LSTM", 4), ("GRU", 3), ("SimpleRNN", 1)):
        z, kernel = normal((batch, steps, gates * units), (units, gates * units))
        found |= _LOOPS[name](z, kernel / np.float32(8), h0, c0, dh_of_steps)
    sums, gates = normal((batch, 4 * units), (batch, 4 * units))
    h, c, own, dc = aligned((batch, units)), aligned((batch, units)), aligned(gates.shape), aligned((batch, units))
    return found | {
        "gates of an LSTM": (
            "32×64 units",
            lstm_gate_jobs(sums, c0, h, c, own),
            partial(lstm_gates, sums, c0, *FUNCTIONS),
        ),
        "gates of an LSTM, gradient": (
            "32×64 units",
            lstm_gate_gradient_jobs(h0, c0, c0, c, gates, own, dc),
            partial(lstm_gates_gradient, h0, c0, c0, c0, gates, *FUNCTIONS),
        ),
        **_of_attention(),
    }


def _lstm(z, kernel, h0, c0, dh):
    h, c, gates = lstm_reference(z, kernel, h0, c0, None, None, False, *FUNCTIONS)
    own = [aligned(x.shape) for x in (h, h0, c0, c, gates)]
    results = [aligned(x.shape) for x in (z, kernel, h0, c0)]
    first = dh, None, None, kernel, h0, c0
    return {
        "LSTM over all steps": (
            OF_LOOP,
            lstm_jobs.lstm_jobs(z, kernel, h0, c0, None, None, *own, False),
            partial(lstm_reference, z, kernel, h0, c0, None, None, False, *FUNCTIONS),
        ),
        "LSTM over all steps, gradient": (
            OF_LOOP,
            lstm_gradient_jobs.lstm_gradient_jobs(*first, None, None, h, c, gates, *results, False),
            partial(lstm_gradient_reference, *first, None, None, h, c, gates, False, *FUNCTIONS),
        ),
    }


def _gru(z, kernel, h0, c0, dh):
    bias = normal(z.shape[-1])
    how = True, False, *FUNCTIONS
    h, gates, inner = gru_reference(z, kernel, bias, h0, None, None, *how)
    own = [aligned(x.shape) for x in (h, h0, gates, inner)]
    results = [aligned(x.shape) for x in (z, kernel, bias, h0)]
    first = dh, None, kernel, h0
    return {
        "GRU over all steps": (
            OF_LOOP,
            gru_jobs.gru_jobs(z, kernel, bias, h0, None, None, *own, False),
            partial(gru_reference, z, kernel, bias, h0, None, None, *how),
        ),
        "GRU over all steps, gradient": (
            OF_LOOP,
            gru_jobs.gru_gradient_jobs(*first, None, None, h, gates, inner, *results, False),
            partial(gru_gradient_reference, *first, None, None, h, gates, inner, *how),
        ),
    }


def _simple_rnn(z, kernel, h0, c0, dh):
    h = simple_rnn_reference(z, kernel, h0, None, None, False, "tanh")
    own, results = [aligned(h.shape), aligned(h0.shape)], [aligned(x.shape) for x in (z, kernel, h0)]
    first = dh, None, kernel, h0
    return {
        "SimpleRNN over all steps": (
            OF_LOOP,
            simple_rnn_jobs.simple_rnn_jobs(z, kernel, h0, None, None, *own, False, False),
            partial(simple_rnn_reference, z, kernel, h0, None, None, False, "tanh"),
        ),
        "SimpleRNN over all steps, gradient": (
            OF_LOOP,
            simple_rnn_jobs.simple_rnn_gradient_jobs(*first, None, None, h, *results, False, False),
            partial(simple_rnn_gradient_reference, *first, None, None, h, False, "tanh"),
        ),
    }


_LOOPS = {"LSTM": _lstm, "GRU": _gru, "SimpleRNN": _simple_rnn}


def _of_attention():
    q, k, v, dy = normal(*[(8, 64, 4, 32)] * 4)
    y, *results = (aligned(q.shape) for _ in range(4))
    words = "8×64 positions, 4 heads of 32"
    return {
        "attention": (
            words,
            attention.attention_jobs(q, k, v, y, None, 0.2, False),
            partial(attention.attention_reference, q, k, v, np.float32(0.2), False),
        ),
        "attention, gradient": (
            words,
            attention.attention_gradient_jobs(dy, q, k, v, *results, None, 0.2, False),
            partial(attention.attention_gradient_reference, dy, q, k, v, np.float32(0.2), False),
        ),
    }


def of_bytes():
    """Products of bytes, and rows of them."""
    (x, y), scale = normal((32, 1024), (32, 1024)), np.ones(1024, np.float32)
    kernel = np.random.default_rng(0).integers(-127, 128, (1024, 1024)).astype(np.int8)
    panels, q, s = Panels(1024, 1024), aligned(x.shape, np.uint8), aligned((32,))
    run(pack_jobs(kernel, panels))
    index, rows = np.arange(1024)[::-1].copy(), aligned((1024, 1024))

    def product():
        integers, scales = quantized_rows(x, (-127, 127), 1e-7)
        return integer_product(integers, kernel) / (scales * scale)

    return {
        "product of rounded rows and integers": (
            "32×1024×1024, packed before",
            [*row_jobs(x, (-127, 127), 1e-7, q, s), *product_jobs(q, panels, y, s, scale)],
            product,
        ),
        "rows of a table of integers": (
            "1024 rows of 1024",
            take_integer_rows_jobs(kernel, scale, index, rows, np.zeros(1, np.int64)),
            lambda: scaled(np.take(kernel, index, axis=0), scale[index, None], None, None, -1),
        ),
    }


def all_jobs():
    """All of these."""
    return {**of_elements(), **of_bytes(), **of_losses(), **of_optimizers(), **of_scaled_rules(), **of_sequences()}


def _added_in_window(own, windows, total):
    np.multiply(own, np.float32(0.5), out=windows[0])
    np.add(windows[0], windows[1], out=total)
