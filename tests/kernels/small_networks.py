"""Programs that together run all kernels, for tests that run kernels in several ways: networks that train, single jobs.

As a program it runs each and writes what ran and what came out:

    python -m tests.kernels.small_networks results.npz [name …]
"""

import sys
from contextlib import contextmanager
from functools import partial
from itertools import product

import numpy as np

import minikeras as keras
from benchmarks.kernel_table import all_of
from minikeras import layers, ops, optimizers
from minikeras.autodiff.byte_strings import byte_strings
from minikeras.formats.protobuf.example import BytesList, Example, Feature, Features, FloatList, Int64List
from minikeras.kernels import elementwise_jobs
from minikeras.kernels.cast_jobs import PAIRS, cast_jobs
from minikeras.kernels.checksum import TABLES, crc32c, divide_parts
from minikeras.kernels.collective_jobs import add_chunk_job, add_job, read_job, write_job
from minikeras.kernels.column_jobs import image_relu_gradient_jobs
from minikeras.kernels.embedding_jobs import take_rows_jobs
from minikeras.kernels.example_jobs import features_of_all
from minikeras.kernels.job_lists import run
from minikeras.kernels.memory import address_of
from minikeras.kernels.observers import observing_kernels
from minikeras.kernels.products import product_jobs
from minikeras.kernels.random.permutation import shuffle_permutation
from minikeras.kernels.random.philox import SEEDS_BY_NUMPY, from_seed_pair, words_of_seed_pairs
from minikeras.kernels.random.poisson import poisson_samples
from minikeras.kernels.random.uniform import uniform_float32
from minikeras.kernels.record_jobs import RecordFinder
from minikeras.kernels.registry import Native, Subroutine, jit_disabled
from minikeras.kernels.rounding_formulas import round_to_bfloat16_chunks, round_to_float16_chunks
from minikeras.kernels.strings.decimals import decimals
from minikeras.kernels.strings.farmhash import fingerprint_jobs
from minikeras.kernels.strings.packed import packed, rows_of_bytes
from minikeras.kernels.strings.siphash import siphash_jobs
from minikeras.kernels.strings.splitting import split_into_words
from minikeras.kernels.strings.table import string_table
from minikeras.kernels.transposition import transposition_jobs
from minikeras.ops.non_max_suppression import best_boxes
from minikeras.optimizers.lamb import lamb_direction
from minikeras.utils.image_dataset import resize_bilinear
from tests.kernels.networks import EPSILON, NETWORKS, train

DRAWS = 203  # of each kind; the first 200 are drawn by NumPy, which waits for no compiler

EXAMPLES = [
    Example(
        Features(
            {
                "n": Feature(int64_list=Int64List([n, -n])),
                "words": Feature(bytes_list=BytesList([b"a" * n, b"b"])),
                "x": Feature(float_list=FloatList([n, 0.5, 1])),
            }
        )
    ).SerializeToString()
    for n in range(70)
]

OPTIMIZERS = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    "Adam": [{"amsgrad": True}],
    "RMSprop": [{"momentum": 0.9}, {"centered": True}, {"momentum": 0.9, "centered": True}],
    **{name: [{}] for name in ("Adagrad", "Adadelta", "Adamax", "Nadam", "AdamW", "Ftrl", "Lion", "Lamb", "Adafactor")},
    **{name: [{}] for name in ("Muon", "ScheduleFreeAdamW")},
}


def all_optimizers():
    """Some steps by each optimizer, for a layer and a table, on the tape and by plans."""
    rng, values = np.random.default_rng(3), []
    for name, all_options in OPTIMIZERS.items():
        for options, run_eagerly in product(all_options, (False, True)):
            keras.utils.set_random_seed(3)
            model = keras.Sequential([layers.Embedding(12, 4), layers.Flatten(), layers.Dense(3)])
            model.compile(getattr(optimizers, name)(0.01, **options), "mse", run_eagerly=run_eagerly)
            model.fit(rng.integers(0, 12, (16, 5)), rng.normal(size=(16, 3)), batch_size=4, verbose=0)
            values += [variable.numpy() for variable in model.trainable_variables]
    return values


def draws():
    """Random numbers: so many, so often, that jobs draw them, and make sequences of seeds."""
    shapes = {"shape": (300, 300), "dtype": "float64", "seed": 2}
    values = [keras.random.normal(**shapes), keras.random.truncated_normal(**shapes)]
    values += [keras.random.gamma((9, 9), 2.5, seed=3), keras.random.binomial((9, 9), 30.0, 0.4, seed=4)]
    values += [keras.random.binomial((9, 9), 5.0, 0.1, seed=5)]
    values += [poisson_samples(*map(np.uint64, (5, 6, 7)), np.array([0.5, 4.0, 30.0]), 90)]
    for _ in range(SEEDS_BY_NUMPY):
        from_seed_pair((3, 4))
    sequence = from_seed_pair((5, 6))
    for _ in range(DRAWS):
        last = [uniform_float32(*sequence, 500), sequence.words(500), shuffle_permutation(3, 1500)]
        last += [words_of_seed_pairs(*np.arange(60, dtype=np.uint64).reshape(2, 30), 4)]
    return [np.asarray(value) for value in [*values, *last]]


def single_jobs():
    """Jobs of kernels that the other programs leave out."""
    rng, values = np.random.default_rng(9), []
    whole = rng.integers(0, 200, 50)
    for source, target in PAIRS:
        values.append(np.zeros(50, target))
        run(cast_jobs(whole.astype(source), values[-1]))
    x, dy = rng.normal(size=(2, 24, 40)).astype("float32"), rng.normal(size=(2, 40)).astype("float32")
    pixels, (y, dx, turned) = x.reshape(-1, 40), [np.zeros_like(x) for _ in range(3)]
    run(elementwise_jobs.divide_by_jobs(x.reshape(-1), 0.3, y.reshape(-1)))
    run(elementwise_jobs.floor_gradient_jobs(x.reshape(-1), y.reshape(-1), 0.1, dx.reshape(-1)))
    run(transposition_jobs(x, turned.reshape(2, 40, 24)))
    dbias, relu_dx, rows = np.zeros(40, "float32"), np.zeros_like(pixels), np.zeros((4, 40), "float32")
    run(image_relu_gradient_jobs(dy, pixels, relu_dx, 0.5, dbias))
    run(take_rows_jobs(pixels, np.array([3, -1, 0, 7]), rows, np.zeros(1, np.int64)))
    for rounding in (round_to_bfloat16_chunks, round_to_float16_chunks):
        values.append(np.zeros_like(x.reshape(-1)))
        run(rounding.jobs(x.reshape(-1), values[-1]))
    windows, total, chunks = np.zeros((2, 1920), "float32"), np.zeros(1920, "float32"), np.zeros(1920, "float32")
    summed = np.zeros_like(x)
    positions = np.array([address_of(windows), address_of(windows), windows[0].nbytes, address_of(total)])
    run([write_job(x, positions, 0, 0.3), add_job(positions, 0, 2, summed)])
    run([add_chunk_job(positions, slice(0, 1920), 2), read_job(positions, 0, chunks)])
    values += [windows, total, chunks, summed]
    a, b = rng.normal(size=(600, 64)).astype("float32").T, rng.normal(size=(600, 390)).astype("float32")
    product = np.zeros((64, 390), "float32")
    run(product_jobs(a, b, product))
    wide = np.zeros((32, 1024), "float32")
    run(product_jobs(a[:32, :16], rng.normal(size=(16, 1024)).astype("float32"), wide))
    u, m, v = (np.zeros(500, "float32") for _ in range(3))
    lamb_direction(u, x.reshape(-1)[:500], m, v, 0.1, 0.001, 0.1, 0.001, EPSILON)
    values += [wide, u, m, v]
    message = rng.integers(0, 256, 40_000, np.uint8)
    values += [crc32c(message[:3000]), RecordFinder().find(message, len(message))[0]]
    run([divide_parts.job(1, message, *np.array([[0, 7], [7, 99], [2, 0]]), TABLES, np.zeros(2, np.int64), 1)])
    values.append(np.zeros((4, 11, 3), "float32"))
    resize_bilinear(rng.integers(0, 256, (7, 9, 3), np.uint8), values[-1])
    return [*values, y, dx, turned, relu_dx, dbias, rows, product]


def large_arrays():
    """What large arrays on the tape run that small ones do not, and a prediction in micro-batches."""
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(260, 300)).astype("float32"), rng.normal(size=(300, 256)).astype("float32")
    y = ops.matmul(x, w)
    values = [y, ops.softmax(y), ops.gelu(y), ops.add(y, y), ops.multiply(y, y), ops.transpose(y), ops.sum(y, axis=0)]
    values += [ops.where(y > 0, y, -y), ops.log_softmax(y), ops.cast(ops.cast(y, "float16"), "float32")]
    values += [ops.segment_max(y, np.arange(260, dtype="int32") % 7), ops.searchsorted(np.sort(x[0]), y)]
    values += [*ops.lu_factor(x[:32, :32]), best_boxes(np.abs(x[:, :4]), x[:, 4], 20)]
    draws = keras.random.uniform, keras.random.normal, keras.random.truncated_normal
    values += [draw((300, 300), seed=seed) for seed, draw in enumerate(draws)]
    with keras.GradientTape() as tape:
        tape.watch(y)
        target = ops.sum(ops.softmax(y) * ops.softmax(2 * y))
    values += [tape.gradient(target, y)]
    model = keras.Sequential([keras.Input((16,)), layers.Dense(512, activation="relu"), layers.Dense(4)])
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape))
    samples = rng.normal(size=(2048, 16)).astype("float32")
    return [np.asarray(value) for value in values] + [model.predict(samples, batch_size=2048, verbose=0) for _ in "123"]


def few_bits():
    """Quantized layers on the tape and in plans, with inputs rounded to bytes and without."""
    values, rounded = [], keras.quantizers.AbsMaxQuantizer()
    configs = [
        keras.quantizers.Int8QuantizationConfig(),
        keras.quantizers.Int4QuantizationConfig(block_size=5),
        keras.quantizers.Int4QuantizationConfig(block_size=None, activation_quantizer=rounded),
    ]
    for config in configs:
        keras.utils.set_random_seed(7)
        first = [layers.Embedding(12, 13), layers.Flatten(), layers.Dense(70, activation="relu")]
        model = keras.Sequential([keras.Input((3,), dtype="int32"), *first, layers.Dense(5)])
        model.quantize(config=config)
        tokens = np.arange(36).reshape(12, 3) % 12
        values += [model.predict(tokens, verbose=0) for _ in "123"]
        large = layers.Dense(66)
        large.build((None, 130))
        large.quantize(config=config)
        values.append(np.asarray(large(np.random.default_rng(2).normal(size=(34, 130)).astype("float32"))))
    return values


def strings():
    """Loops over the bytes of strings."""
    rng = np.random.default_rng(11)
    words = byte_strings([f"word {n}" * (n % 12) for n in rng.integers(0, 300, 2100)])
    texts, (hashes, keyed) = packed(words), np.zeros((2, len(words)), np.int64)
    run(fingerprint_jobs(texts, hashes))
    run(siphash_jobs(texts, (1, 2**63), keyed))
    table = string_table(texts)
    cut, counts = split_into_words(texts, np.arange(256), 5)
    numbers = decimals(rng.integers(-(2**63), 2**63 - 1, 50))
    wanted = (b"words", "string", 2), (b"x", "float32", 3), (b"n", "int64", 2)
    return [
        *features_of_all(packed(EXAMPLES), wanted),
        hashes,
        keyed,
        rows_of_bytes(texts, 12),
        table.firsts,
        table.counts,
        table.numbers(cut),
        counts,
        numbers.lengths,
        numbers.content[-9:],
    ]


PROGRAMS = {name: partial(train, name) for name in NETWORKS}
PROGRAMS |= {"all_optimizers": all_optimizers, "draws": draws, "single_jobs": single_jobs, "large_arrays": large_arrays}
PROGRAMS |= {"strings": strings, "few_bits": few_bits}


def main(path, *names):
    """Write {"name/kernels": what ran, "name/0", …: values} of programs, of all if none is named.

    And {"functions": the subroutines and functions in vector instructions that ran} where these run as Python.
    """
    results = {}
    with functions_that_begin() as begun:
        for name in names or PROGRAMS:
            ran = set()
            with observing_kernels(lambda kernel, ran=ran: ran.add(kernel.name)):
                values = PROGRAMS[name]()
            results[f"{name}/kernels"] = np.array(sorted(ran))
            results |= {f"{name}/{number}": value for number, value in enumerate(values)}
    if jit_disabled():
        functions = all_of(Subroutine, Native).items()
        results["functions"] = np.array([name for name, part in functions if part.function.__code__ in begun])
    np.savez(path, **results)


@contextmanager
def functions_that_begin():
    """The set of code objects of functions that begin within the block; empty before Python 3.12."""
    begun, monitoring = set(), getattr(sys, "monitoring", None)
    if monitoring is None:
        yield begun
        return

    def note(code, offset):
        begun.add(code)
        return monitoring.DISABLE  # of this function, which has begun

    monitoring.use_tool_id(monitoring.PROFILER_ID, "functions that begin")  # a debugger would switch the plans off
    monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.PY_START, note)
    monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.PY_START)
    try:
        yield begun
    finally:
        monitoring.set_events(monitoring.PROFILER_ID, 0)
        monitoring.free_tool_id(monitoring.PROFILER_ID)


if __name__ == "__main__":
    main(*sys.argv[1:])
