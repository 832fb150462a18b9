"""Data-parallel training on two ranks of this machine next to one process, and a model of it for many hosts.

    python -m benchmarks.ranks --measure ranks    # a minute; adds a round to benchmarks/ranks.json
    python -m benchmarks.ranks --measure alone
    python -m benchmarks.ranks --measure sums
    python -m benchmarks.ranks                    # writes the tables of docs/distribution.md, and its picture

The model of a step of p ranks with a batch of B rows and n bytes of gradients:

    T(p, B) = C(B / p) + σ + α + β · n    C: a step on that many rows, of the slowest of p processes side by side
                                          σ: the additional cost of a step that ranks share, for any network
                                          α, β: the cost of a sum of any length, and of each byte

C includes what processes cost each other, since they share one memory. σ is the cost of Python (which rank has which
rows, whether one wants to stop), and of ranks that leave one barrier, and so reach the next, at different times. It is
measured on a network of one weight, where it is all that is left: σ = T − C − α.

On one host α and β are those of the shared window; on several, those of a ring between hosts are added:
2 (p − 1) · α' + 2 (p − 1) / p · β' · n. All constants are measured here; α' and β' by MPI over this machine's loopback
network, where one host sends and receives every byte.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from minikeras.collectives.share import share_of
from minikeras.kernels.collective_jobs import add_job, write_job
from minikeras.kernels.job_lists import JobList
from minikeras.plans.collective import Sum

HERE = Path(__file__).parent
STORED = HERE / "ranks.json"
PAGE = HERE.parent / "docs" / "distribution.md"
PICTURE = HERE.parent / "docs" / "pictures" / "scaling.svg"
STEPS, ROUNDS = 5, 2
SMALL = {"one weight": 64, "MLP": 64}  # networks whose steps are short: of these 40 times as many are measured
BATCHES = {"MLP": 64, "VGG block": 32, "residual network": 32, "transformer": 32}
SIZES = (1_000, 10_000, 100_000, 1_000_000, 4_000_000)  # floats
LOOPBACK = {"MPIR_CVAR_NOLOCAL": "1", "UCX_TLS": "tcp,self"}  # else MPICH, and the UCX below it, share memory
NODES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


# --- what a process measures ------------------------------------------------------------------------------------------


def transformer(keras):
    """Two blocks of attention and a feed-forward network on 64 tokens of width 128."""
    layers = keras.layers
    inputs = keras.Input((64,))
    h = layers.Embedding(1000, 128)(inputs)
    for _ in range(2):
        h = layers.LayerNormalization()(layers.Add()([h, layers.MultiHeadAttention(4, 32)(h, h)]))
        h = layers.LayerNormalization()(layers.Add()([h, layers.Dense(128)(layers.Dense(512, "relu")(h))]))
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling1D()(h)))


def one_weight(keras):
    """A step that is Python alone."""
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, activation="sigmoid")])


def network(keras, name):
    """(the compiled network, the shape of a sample)."""
    from minikeras.tools.cli.bench.networks import NETWORKS

    keras.utils.set_random_seed(0)
    own = {"transformer": (transformer, (64,), ()), "one weight": (one_weight, (1,), ())}
    make, shape, _ = own.get(name) or NETWORKS[name]
    model = make(keras)
    model.compile("sgd", "mse" if name == "one weight" else "sparse_categorical_crossentropy")
    return model, shape


def trainer(keras, name, batch):
    """A function that trains a few steps, and returns when each began and when the last ended."""
    model, shape = network(keras, name)
    samples = STEPS * batch * (40 if name in SMALL else 1)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 1000, (samples, *shape)) if name == "transformer" else rng.random((samples, *shape), "float32")
    y, begins = rng.integers(0, 10, samples), []
    begin = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: begins.append(time.perf_counter()))

    def train():
        begins.clear()
        model.fit(x, y, batch_size=batch, verbose=0, shuffle=False, callbacks=[begin])
        return [*begins, time.perf_counter()]

    train()  # traces and compiles
    return train


def alone():
    """{network: {batch: seconds of a step}}, the best of some rounds."""
    import minikeras as keras

    found = {}
    for name, batch in BATCHES.items():
        train = trainer(keras, name, batch)
        found[name] = {str(batch): min(np.diff(train()).mean() for _ in range(2 * ROUNDS))}
    return found


def side_by_side():
    """The same of two ranks, and of two processes that train by themselves, in turn: a slow phase hits both.

    Ranks wait for each other in each step, so of the two processes the slower one counts, step by step.
    """
    import minikeras as keras
    from minikeras.collectives.world import start

    group, parallel = start(), keras.distribution.DataParallel()
    found = {"two processes, not connected": {}, "two ranks": {}}
    for name, batch in {**SMALL, **BATCHES}.items():
        for total in (batch, 2 * batch):
            by_itself = trainer(keras, name, total // 2)
            with parallel.scope():
                together = trainer(keras, name, total)
            slower, ranks = [], []
            for _ in range(2 * ROUNDS):
                group.barrier()
                slower.append(np.max(group.exchange(np.diff(by_itself())), axis=0).mean())
                with parallel.scope():
                    ranks.append(np.diff(together()).mean())
            found["two processes, not connected"].setdefault(name, {})[str(total // 2)] = float(min(slower))
            found["two ranks"].setdefault(name, {})[str(total)] = float(min(ranks))
    return found


def compiled_sum(group, array):
    """A function that adds an array over ranks as plans do."""
    of, result = Sum(group, share_of(group.rank, group.size, group.size), [array.shape]), np.empty_like(array)
    write = JobList([write_job(array, of.positions, 0, of.factor)])
    add = JobList([add_job(of.positions, 0, group.size, result)])

    def run():
        of.open()
        write.run()
        of.meet()
        add.run()

    return run


def sums():
    """{"window": {floats: seconds}, "Allreduce": …, "weights": {network: bytes}}."""
    import minikeras as keras
    from minikeras.collectives.world import start

    group = start()
    found = {"window": {}, "Allreduce": {}}
    for size in SIZES:
        array, received = np.ones(size, "float32"), np.empty(size, "float32")
        for name, operation in {
            "window": compiled_sum(group, array),
            "Allreduce": lambda a=array, r=received: group.comm.Allreduce(a, r),
        }.items():
            times = []
            for _ in range(20):
                group.barrier()
                begin = time.perf_counter()
                operation()
                times.append(time.perf_counter() - begin)
            found[name][str(size)] = float(np.median(times))
    found["weights"] = {name: 4 * network(keras, name)[0].count_params() for name in BATCHES}
    return found


# --- processes --------------------------------------------------------------------------------------------------------


def run(kind, ranks=1, threads=1, **variables):
    """What processes of this module print, as the JSON of rank 0."""
    from minikeras.tools.cli.ranks import mpiexec

    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MINIKERAS_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(threads)), **variables}
    command = [sys.executable, "-m", "benchmarks.ranks", "--work", kind]
    if ranks > 1:
        command = [mpiexec(), "-n", str(ranks), *command]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, cwd=HERE.parent)
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(what):
    """A round of measurements of one kind."""
    if what == "sums":
        return {"sums": run("sums", ranks=2), "sums over loopback": run("sums", ranks=2, **LOOPBACK)}
    if what == "alone":
        return {"one process, one thread": run("alone"), "one process, two threads": run("alone", threads=2)}
    return run("side by side", ranks=2)


def middle(rounds):
    """The median of the numbers of several rounds, nested as in each.

    Not the smallest: the machine's speed differs by half from round to round, so the smallest times of two computations
    may be of different rounds, and their difference (σ) of none.
    """
    if isinstance(rounds[0], dict):
        keys = dict.fromkeys(key for one in rounds for key in one)
        return {key: middle([one[key] for one in rounds if key in one]) for key in keys}
    return float(np.median(rounds))


# --- the model --------------------------------------------------------------------------------------------------------


def line(times):
    """(α, β): seconds of a sum = α + β · bytes, by least squares of relative errors."""
    sizes = np.array([4 * float(size) for size in times])
    seconds = np.array(list(times.values()))
    return np.linalg.lstsq(np.stack([1 / seconds, sizes / seconds], 1), np.ones(len(sizes)), rcond=None)[0]


def predicted(measured, name, rows):
    """Seconds of a step of two ranks that have `rows` rows each."""
    alpha, beta = line(measured["sums"]["window"])
    compute = measured["two processes, not connected"][name][str(rows)]
    return compute + sigma(measured) + alpha + beta * measured["sums"]["weights"][name]


def sigma(measured):
    """σ in seconds, see above; 0 if no round has measured it."""
    if "one weight" not in measured["two ranks"]:
        return 0.0
    alpha, _ = line(measured["sums"]["window"])
    name, batch = "one weight", SMALL["one weight"]
    rows = measured["two processes, not connected"][name][str(batch // 2)]
    return max(measured["two ranks"][name][str(batch)] - rows - alpha, 0.0)


def speedups(measured, name, per_rank):
    """{hosts with one rank each: speed relative to one}, B divided among them or `per_rank` rows for each."""
    alpha, beta = line(measured["sums over loopback"]["Allreduce"])
    nbytes = measured["sums"]["weights"][name]
    batch = BATCHES[name]
    half, whole = (measured["two processes, not connected"][name][str(int(batch * part))] for part in (0.5, 1))
    fixed, row = max(2 * half - whole, 0), (whole - max(2 * half - whole, 0)) / batch
    found = {}
    for nodes in NODES:
        exchange = 0 if nodes == 1 else 2 * (nodes - 1) * alpha + 2 * (nodes - 1) / nodes * beta * nbytes
        rows = batch if per_rank else batch / nodes
        seconds = fixed + row * rows + exchange
        found[nodes] = (fixed + row * batch) / seconds * (nodes if per_rank else 1)
    return found


def tables(measured):
    """The tables of the page, as Markdown."""
    ms = "{:.2f}".format
    lines = [
        "| a step, ms | batch | one process, one thread | one process, two threads | two ranks | predicted | error |"
    ]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, batch in BATCHES.items():
        for total, label in ((batch, f"{batch}"), (2 * batch, f"2 · {batch}")):
            found = measured["two ranks"][name][str(total)]
            expected = predicted(measured, name, total // 2)
            alone = [measured[f"one process, {count}"][name].get(str(total)) for count in ("one thread", "two threads")]
            cells = [ms(1e3 * t) if t else "" for t in (*alone, found, expected)]
            lines.append(f"| {name} | {label} | {' | '.join(cells)} | {expected / found - 1:+.0%} |")
    constants = line(measured["sums"]["window"])
    lines += [
        "",
        f"σ = {1e6 * sigma(measured):.0f} µs, α = {1e6 * constants[0]:.0f} µs, β = {1e9 * constants[1]:.2f} ns a byte.",
        "",
        "| floats added by two ranks | shared window, µs | MPI's Allreduce, µs | Allreduce over loopback, µs |",
    ]
    lines.append("| ---: | ---: | ---: | ---: |")
    for size in SIZES:
        cells = [measured[kind][how][str(size)] for kind, how in
                 (("sums", "window"), ("sums", "Allreduce"), ("sums over loopback", "Allreduce"))]  # fmt: skip
        lines.append(f"| {size:,} | {' | '.join(f'{1e6 * t:.0f}' for t in cells)} |")
    return "\n".join(lines)


def draw(measured):
    """The picture: speed by number of hosts, as the model has it."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "minikeras"  # the same file from the same numbers
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained", sharey=True)
    for side, per_rank, title in ((axes[0], False, "one batch divided"), (axes[1], True, "a batch for each host")):
        for name in BATCHES:
            found = speedups(measured, name, per_rank)
            side.loglog(list(found), list(found.values()), marker="o", markersize=3, label=name)
        side.loglog(NODES, NODES, color="0.7", linestyle=":", label="ideal")
        side.set(title=title, xlabel="hosts with one rank each", xticks=NODES, xticklabels=NODES)
        side.minorticks_off()
        side.grid(alpha=0.3)
    axes[0].set_ylabel("samples a second, relative to one host")
    axes[0].legend()
    figure.savefig(PICTURE, metadata={"Date": None})


def main():
    """Measure, or write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--measure", choices=["alone", "ranks", "sums"])
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        found = {"sums": sums, "alone": alone, "side by side": side_by_side}[arguments.work]()
        if os.environ.get("PMI_RANK", "0") == "0":
            print(json.dumps(found))
        return
    rounds = json.loads(STORED.read_text()) if STORED.exists() else []
    if arguments.measure:
        rounds.append(measure(arguments.measure))
        STORED.write_text(json.dumps(rounds, indent=1) + "\n")
        return
    measured = middle(rounds)
    begin, end = "<!-- scaling: begin (python -m benchmarks.ranks) -->", "<!-- scaling: end -->"
    text = PAGE.read_text(encoding="utf-8")
    before, after = text[: text.index(begin) + len(begin)], text[text.index(end) :]
    PAGE.write_text(f"{before}\n{tables(measured)}\n{after}", encoding="utf-8")
    draw(measured)


if __name__ == "__main__":
    main()
