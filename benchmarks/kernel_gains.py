"""What the compiled forms gain: the same call with and without `references()`, alternately, on arrays of usual sizes.

For `kernel_table.py`. A formula is compared with itself run by NumPy, a rule with itself on whole arrays; of kernels
that only plans run, the jobs alone are measured (`kernel_jobs.py`, `array_jobs.py`).
"""

import datetime
import platform
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.array_jobs import array_jobs
from benchmarks.inputs import normal
from benchmarks.kernel_jobs import all_jobs
from benchmarks.kernel_table import computations, referenced
from benchmarks.measuring import alternate
from minikeras.autodiff.byte_strings import byte_strings
from minikeras.compat.tensorflow.io.example_parsing import FixedLenFeature, parse_example
from minikeras.config import threads
from minikeras.formats.protobuf.example import Example, Feature, Features, FloatList
from minikeras.kernels import (
    batch_normalization,
    boxes,
    checksum,
    columns,
    convolution,
    crossentropy,
    elementwise,
    embedding,
    layer_normalization,
    lu_factors,
    pooling,
    random,
    searching,
    softmax,
    transposition,
)
from minikeras.kernels.blas import matmul
from minikeras.kernels.formula_kernels import FormulaKernel
from minikeras.kernels.job_lists import JobList
from minikeras.kernels.random import binomial, gamma, permutation, philox, poisson, shuffle_buffer, uniform
from minikeras.kernels.random import normal as normal_numbers
from minikeras.kernels.registry import references
from minikeras.kernels.row_updates import update_rows
from minikeras.kernels.strings.packed import packed
from minikeras.kernels.update_rule import UpdateRule
from minikeras.layers.preprocessing.text_vectorization import TextVectorization
from minikeras.optimizers.adam import adam
from minikeras.tensors.lookup.text_ops import WordIndices
from minikeras.tensors.lookup.vocabulary_ops import TokenIndices
from minikeras.tensors.strings.hashing import hashes

SECONDS, ROUNDS = 0.3, 5
ELEMENTS = 1 << 17  # of a formula's arrays and of an optimizer's variable
IMAGES, KERNEL, DEPTHWISE_KERNEL = (16, 32, 32, 32), (3, 3, 32, 32), (3, 3, 1, 32)
SAME = (1, 1), ((1, 1), (1, 1)), (1, 1)  # strides, pads, dilation
POOL = (2, 2), (2, 2), ((0, 0), (0, 0))
MATRIX = 1024, 256
EPSILON = 1e-3
ADAM = [np.float32(number) for number in (1e-3, 0.1, 1e-3, 1e-7)]


def calls():
    """{name of a computation: (its arrays in words, a function without arguments)}."""
    x, dy, images, maxima = normal(MATRIX, MATRIX, IMAGES, (16, 16, 16, 32))
    kernel, depthwise_kernel = normal(KERNEL, DEPTHWISE_KERNEL)
    gamma, beta, variance = normal(MATRIX[1], MATRIX[1], MATRIX[1])
    variance, labels = np.abs(variance), np.arange(MATRIX[0]) % MATRIX[1]
    p, loss = softmax.softmax(x), dy[:, 0].copy()
    _, positions = pooling.max_pool_with_argmax(images, *POOL)
    _, mean, inverse = layer_normalization.layer_normalization(x, gamma, beta, EPSILON)
    matrix, image = "1024×256", "16×32×32×32"
    table, index = normal((10_000, 64)), np.arange(4096) * 7 % 10_000
    generator = philox.from_seed_pair((1, 2))
    mask = random.stateless_dropout_mask((1, 2), MATRIX, 0.3)
    return {
        "matrix product": ("1024×256×256", partial(matmul, x, normal((256, 256)))),
        "convolution, its input gradient": (
            f"{image}, 3×3, 32 filters",
            partial(convolution.convolution, images, kernel, *SAME),
        ),
        "convolution, its kernel gradient": (
            f"{image}, 3×3, 32 filters",
            partial(convolution.convolution_kernel_gradient, images, images, (3, 3), *SAME),
        ),
        "depthwise convolution": (
            f"{image}, 3×3",
            partial(convolution.convolution, images, depthwise_kernel, *SAME, 32),
        ),
        "depthwise convolution, its kernel gradient": (
            f"{image}, 3×3",
            partial(convolution.convolution_kernel_gradient, images, images, (3, 3), *SAME, 32),
        ),
        "maximum pooling": (f"{image}, 2×2", partial(pooling.max_pool_with_argmax, images, *POOL)),
        "maximum pooling, gradient": (
            f"{image}, 2×2",
            partial(pooling.max_pool_gradient, maxima, positions, (32, 32), *POOL),
        ),
        "average pooling": (f"{image}, 2×2", partial(pooling.average_pool, images, *POOL)),
        "average pooling, gradient": (
            f"{image}, 2×2",
            partial(pooling.average_pool_gradient, maxima, (32, 32), *POOL),
        ),
        "batch normalization, statistics": (matrix, partial(batch_normalization.channel_moments, x)),
        "batch normalization": (
            matrix,
            partial(batch_normalization.batch_normalization, x, beta, variance, gamma, beta, EPSILON),
        ),
        "batch normalization, gradient": (
            matrix,
            partial(batch_normalization.batch_normalization_gradient, dy, x, beta, variance, gamma, EPSILON),
        ),
        "layer normalization": (
            matrix,
            partial(layer_normalization.layer_normalization, x, gamma, beta, EPSILON),
        ),
        "layer normalization, gradient": (
            matrix,
            partial(layer_normalization.layer_normalization_gradient, dy, x, mean, inverse, gamma),
        ),
        "softmax": (matrix, partial(softmax.softmax, x)),
        "softmax, gradient": (matrix, partial(softmax.softmax_gradient, p, dy)),
        "sums over all axes but the last": (matrix, partial(columns.column_sums, x)),
        "gradients of relu and bias": (matrix, partial(columns.relu_and_bias_gradient, dy, x)),
        "axes in another order": (
            f"{image} to channels first",
            lambda: np.ascontiguousarray(transposition.transposed(images, (0, 3, 1, 2))),
        ),
        "rows of a table": ("65536 rows of 64", partial(embedding.take_rows, table, np.tile(index, 16))),
        "rows added into a table": (
            "4096 rows of 64",
            partial(embedding.scatter_add_rows, table, index, normal((4096, 64))),
        ),
        "rows that raise those of a table": (
            "100,000 rows of 8",
            partial(
                embedding.scatter_max_rows, normal((1000, 8)), np.arange(100_000) * 7919 % 1000, normal((100_000, 8))
            ),
        ),
        "positions in a sorted sequence": (
            "262,144 values in 1024",
            partial(searching.searchsorted, np.sort(x[:, 0]), x, "left"),
        ),
        "elimination with pivots": (
            "64×64",
            lambda: lu_factors.lu_factor(x[None, :64, :64].copy(), np.zeros((1, 64), np.int32)),
        ),
        "boxes that overlap no better one": (
            "512, of which 50 are kept",
            partial(boxes.non_maximum_suppression, np.ascontiguousarray(x[:512, :4]), np.arange(512), 50, 0.5),
        ),
        "elements chosen by a mask": (matrix, partial(elementwise.select, x > 0, x, dy)),
        "crossentropy of class indices": (matrix, partial(crossentropy.sparse_softmax_crossentropy, x, labels)),
        "crossentropy of class indices, gradient": (
            matrix,
            partial(crossentropy.sparse_softmax_crossentropy_gradient, loss, p, labels),
        ),
        "crossentropy of probabilities": (matrix, partial(crossentropy.softmax_crossentropy, p, x)),
        "dropout, mask": (matrix, partial(random.stateless_dropout_mask, (1, 2), MATRIX, 0.3)),
        "dropout, values": (matrix, partial(random.keep_scaled, x, mask, random.dropout_scale(0.3))),
        "features of serialized Examples": (
            "64 of 4 kB",
            partial(parse_example, byte_strings([_example()] * 64), {"x": FixedLenFeature([1024], "float32")}),
        ),
        "CRC-32C of a file's records": (
            "100 kB",
            partial(checksum.crc32c, np.arange(100_000).astype(np.uint8)),
        ),
        "convolution in groups, their channels": (
            f"{image}, 3×3, 2 groups",
            partial(convolution.convolution, images, normal((3, 3, 16, 32)), *SAME, 2),
        ),
        "rows of a gradient by row": (
            "4096 rows of 64, by Adam",
            partial(
                update_rows, adam, index, normal((4096, 64)), [np.abs(x) for x in normal(*[(10_000, 64)] * 3)], ADAM
            ),
        ),
        **_of_random_numbers(generator),
        **_of_strings(),
    }


def _example():
    feature = Feature(float_list=FloatList(normal((1024,)).tolist()))
    return Example(Features({"x": feature})).SerializeToString()


def _of_strings():
    words, texts = (
        byte_strings([f"word{n * n % 7919}" for n in range(50_000)]),
        byte_strings(["Some words, others and more. " * 10] * 500),
    )
    vocabulary = TokenIndices({b"word%d" % n: n for n in range(5000)}, unknown=0)
    vocabulary.token_indices = lambda: vocabulary
    counting = TextVectorization()
    name = "50,000 words"
    return {
        "strings in one array": (name, partial(packed, words)),
        "FarmHash of strings": (name, partial(hashes, words)),
        "SipHash of strings": (name, partial(hashes, words, (1, 2))),
        "integers as decimal texts": ("50,000, with their hashes", partial(hashes, np.arange(50_000) * 4321)),
        "strings numbered and counted": ("500 texts, cut and counted", partial(counting.update_state, texts)),
        "strings found in a list": (name, partial(vocabulary.forward, words)),
        "texts as words": ("500 texts of 290 bytes", partial(WordIndices(vocabulary, None, b".").forward, texts)),
    }


def _of_random_numbers(generator):
    names = {
        "Philox, words": philox.philox_words,
        "uniform numbers": uniform.uniform_float32,
        "normal numbers": normal_numbers.normal_float32,
        "normal numbers, truncated": normal_numbers.truncated_normal_float32,
        "normal numbers in float64": normal_numbers.normal_float64,
        "normal numbers in float64, truncated": normal_numbers.truncated_normal_float64,
        "order of samples": permutation.shuffled_range,
    }
    for module in (philox, uniform, permutation):
        module.demand.enough = 0  # drawn by jobs from the first call on
    place, one, few = (*generator,), np.array([2.5]), 2048
    binomial_of = np.array([30.0]), np.array([0.4]), np.zeros(1, bool)
    return {
        **{name: ("65536", partial(draw, *generator, 1 << 16)) for name, draw in names.items()},
        "Philox, the sequence of a seed": ("one seed", partial(philox.from_seed_pair, (1, 2))),
        "gamma numbers": (f"{few}", partial(gamma.standard_gamma, *place, one, few)),
        "binomial numbers": (f"{few}", partial(binomial.binomial_samples, *place, *binomial_of, few)),
        "Poisson numbers": (f"{few}", partial(poisson.poisson_samples, *place, one, few)),
        "order of a shuffle buffer": (
            "65536, buffer of 1000",
            partial(shuffle_buffer.shuffle_buffer_order, *generator, 1 << 16, 1000),
        ),
    }


def sides(call):
    """{"compiled": a function without arguments, "reference": another}."""

    def by_reference():
        with references():
            call()

    return {"compiled": call, "reference": by_reference}


def sides_of_formula(kernel):
    """The same for a `FormulaKernel`."""
    arrays = [np.abs(x) + np.float32(0.1) for x in normal(*[(ELEMENTS,)] * (kernel.inputs + 1))[: kernel.inputs]]
    numbers = [0.5] * (len(kernel.parameters) - kernel.inputs - 1)
    floats = [np.float32(number) for number in numbers]
    return {"compiled": partial(kernel, *arrays, *numbers), "reference": partial(kernel.formula, *arrays, *floats)}


def sides_of_rule(rule):
    """The same for an `UpdateRule`."""
    arrays = normal(*[(ELEMENTS,)] * (2 + rule.slots))
    arrays = [np.abs(x) + np.float32(1) for x in arrays]
    scalars = [np.float32(0.1)] * len(rule.scalars)
    return {"compiled": partial(rule, *arrays, *scalars), "reference": partial(rule.reference, *arrays, *scalars)}


def sides_of_jobs(jobs, reference):
    """The same for jobs alone, as a plan runs them, or for a function in their place."""
    return {"compiled": jobs if callable(jobs) else JobList(jobs).run, "reference": reference}


def measured_gains(names):
    """{name: gain} of the computations of these names, as kernel_gains.json has it."""
    known, alone, gains = calls(), {**all_jobs(), **array_jobs()}, {}
    for row in computations():
        if row.name not in names:
            continue
        subject = referenced(row.references.split()[0])
        if isinstance(subject, FormulaKernel):
            arrays, both = f"{ELEMENTS}", sides_of_formula(subject)
        elif isinstance(subject, UpdateRule) and subject.compiled:
            arrays, both = f"{ELEMENTS} weights", sides_of_rule(subject)
        elif row.name in known:
            arrays, call = known[row.name]
            both = sides(call)
        elif row.name in alone:
            arrays, *jobs_and_reference = alone[row.name]
            both = sides_of_jobs(*jobs_and_reference)
        else:
            continue
        with np.errstate(all="ignore"):
            _, durations = alternate(both, SECONDS, ROUNDS)
        found = {side: float(f"{min(durations[side]):.4g}") for side in both}
        gains[row.name] = {"arrays": arrays, **found, "processor": _processor(), "date": f"{datetime.date.today()}"}
        print(f"{row.name}: {gains[row.name]}")
    return gains


def _processor():
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return f"{name}, {threads()} threads"
