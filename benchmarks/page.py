"""benchmarks/RESULTS.md and its plots, made of the numbers in results.json: nothing on the page is typed by hand."""

from pathlib import Path

from benchmarks import figures
from benchmarks.report import amount, goal_of, ratio, title
from benchmarks.roofline import roofline

PAGE = "RESULTS.md"
PLOTS = "plots"
KERNELS = {  # family: heading
    "kernels_convolution": "Convolutions",
    "kernels_dense": "Dense layers and matrix products",
    "kernels_pooling": "Pooling",
    "kernels_normalization": "Normalization",
    "kernels_activations": "Activation functions",
    "kernels_losses": "Softmax and crossentropies",
    "kernels_optimizers": "Optimizers",
    "kernels_rows": "Embeddings, batches, random numbers",
}
FAMILIES = (
    "networks",
    "applications",
    "recurrent",
    "layers",
    "preprocessing",
    "tape",
    "start",
    "memory",
    *KERNELS,
)  # in the order of the goals table
RIVALS = ("tensorflow", "steps_per_execution", "jit_compile")

HEAD = """\
# minikeras next to TensorFlow and PyTorch

Written by `python -m pytest benchmarks --write-results`; [README.md](README.md) says how to run it and how to read it.
All sides do the same work, checked to give the same result, on the same number of threads; their rounds alternate.
Times are the minimum over the rounds. A ratio is the other side's time divided by ours: above 1, minikeras is faster.
"""
NETWORKS = """\
Time per step of `fit` (a whole epoch divided by its steps), or per call, with metrics and `verbose=0`. Both sides run
with their defaults; `run_eagerly` is minikeras without compiled steps. The settings with which TensorFlow users make
`fit` faster have columns of their own: `steps_per_execution=50` (or as many as there are) and `jit_compile=True`. The
last column compares with the fastest of TensorFlow's three.
"""
APPLICATIONS = """\
Images of 96×96 unless the row says otherwise. Start-up times and memory are those of new processes, with compiled
kernels on disk; memory is the peak, imports included. ONNX Runtime runs the file that `model.export` writes here.
"""
KERNELS_HEAD = """\
"minikeras" is the kernel as compiled steps run it, "eager" the same as eager code calls it, if the two differ. For
TensorFlow it is the eager op, or a `tf.function` if several ops are needed; for PyTorch its ops, channels last. GFLOP/s
count the operations of the definition (Winograd's method needs fewer), GB/s each array once.
"""


def write(folder, results):
    """Writes the page and its plots into the folder. Returns the page's path."""
    folder = Path(folder)
    rows = sorted(results["rows"], key=lambda row: _place(row["family"]))  # stable: in the order of their file
    plots = draw(folder / PLOTS, rows, results["runs"])
    path = folder / PAGE
    path.write_text("\n".join(_lines(rows, results["runs"], plots)) + "\n", encoding="utf-8")
    return path


def _place(family):
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)


# --- the page --------------------------------------------------------------------------------------------------------


def _lines(rows, runs, plots):
    yield HEAD
    yield from _runs(runs)
    if len(runs) > 1:
        rows = [{**row, "name": f"{row['name']} [{row['run'] + 1}]"} for row in rows]
    yield from _section("Goals", _goals_table(rows), plots.get("goals"))
    families = {family: [row for row in rows if row["family"] == family] for family in (*FAMILIES, "scaling")}
    training = [row for row in families["networks"] if ": predict" not in row["name"]]
    prediction = [row for row in families["networks"] if ": predict" in row["name"]]
    yield from _section("Training", _networks_table(training), plots.get("networks"), NETWORKS)
    yield from _section("Prediction", _networks_table(prediction), plots.get("predictions"))
    sides = ("minikeras", "cold", "tensorflow", "pytorch", "onnxruntime")
    yield from _section(
        "Networks of keras.applications", _plain_table(families["applications"], sides), text=APPLICATIONS
    )
    layers = families["recurrent"] + families["layers"]
    sides = ("minikeras", "cold", "tensorflow", "pytorch")
    yield from _section("Recurrent and other layers", _plain_table(layers, sides))
    yield from _section("Texts and images before the first layer", _plain_table(families["preprocessing"], sides))
    other = families["tape"] + families["start"] + families["memory"]
    yield from _section("Own loops, start, memory", _plain_table(other, ("minikeras", "cold", "tensorflow")))
    yield from _section(
        "Scaling", _plain_table(families["scaling"], ("minikeras", "eager", "tensorflow")), plots.get("scaling")
    )
    if any(families[family] for family in KERNELS):
        yield from ("", "## Kernels", "", KERNELS_HEAD)
        yield from _picture("Roofline", plots.get("roofline"))
    for family, heading in KERNELS.items():
        yield from _section(heading, _kernels_table(families[family]), plots.get(family), level="###")


def _runs(runs):
    for number, run in enumerate(runs, start=1):
        peaks = run["peaks"]
        mark = f"[{number}] " if len(runs) > 1 else ""
        yield f"{mark}{run['date']}: {run['machine']}, {run['threads']} threads. {run['versions']}."
        yield (
            f"Measured peaks: {peaks['gflops']:.0f} GFLOP/s (float32 products), {peaks['bandwidth']:.0f} GB/s "
            f"(memory), {peaks['cache']:.0f} GB/s (L2 cache)."
        )
        yield ""


def _section(heading, table, picture=None, text="", level="##"):
    table = list(table)
    if len(table) <= 2:
        return
    yield from ("", f"{level} {heading}", "")
    if text:
        yield text
    yield from _picture(heading, picture)
    yield from table


def _picture(heading, path):
    if path is not None:
        yield f"![{heading}]({PLOTS}/{path.name})"
        yield ""


def _table(headings, rows):
    yield f"| {' | '.join(headings)} |"
    yield "|---|" + "---:|" * (len(headings) - 1)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def goals(rows):
    """[(name of the goal, the ratio asked for, [(row, ratio of minima, ratio of medians), …] from the worst)]."""
    table = {}
    for row in rows:
        for name, wanted, ours, theirs in row["goals"]:
            best, median = (ratio(row, kind, ours, theirs) for kind in ("best", "median"))
            if best is not None:
                table.setdefault((name, wanted, ours, theirs), []).append((row, best, median))
    return [(key, sorted(found, key=lambda entry: entry[1])) for key, found in table.items()]


def _goals_table(rows):
    found = goals(rows)
    reached = sum(entries[0][1] >= key[1] for key, entries in found)
    if found:
        yield f"{reached} of {len(found)} goals are reached. A goal for several rows shows the worst of them."
        yield ""
    headings = ("goal", "asked", "measured", "of medians", "minikeras", "the other", "reached")
    yield from _table(headings, (_goal_cells(*entry) for entry in found))


def _goal_cells(key, entries):
    name, wanted, ours, theirs = key
    row, best, median = entries[0]
    several = f" (worst of {len(entries)}: {row['name']})" if len(entries) > 1 else ""
    missed = sum(ratio < wanted for _, ratio, _ in entries)
    verdict = "yes" if not missed else "**no**" if len(entries) == 1 else f"**no**: {missed} of {len(entries)} below"
    times = amount(row["best"][ours], row), amount(row["best"][theirs], row)
    of_medians = figures.short(median) if median else ""  # rows noted from a terminal have none
    return f"{name}{several}", f"{wanted:g}", f"**{figures.short(best)}**", of_medians, *times, verdict


def _time(row, side):
    return amount(row["best"][side], row) if side in row["best"] else ""


def _ratio(value, bold=False):
    if value is None:
        return ""
    return f"**{figures.short(value)}**" if bold else figures.short(value)


def _networks_table(rows):
    sides = ("minikeras", "eager", *RIVALS, "pytorch")
    names = ("minikeras", "run_eagerly", "TensorFlow", "steps_per_execution", "jit_compile", "PyTorch")
    headings = ("", *names, "ratio", "of medians", "to TensorFlow's best")
    cells = []
    for row in rows:
        rivals = [row["best"][side] for side in RIVALS if side in row["best"]]
        best = min(rivals) / row["best"]["minikeras"] if rivals else None
        ratios = _ratio(ratio(row), bold=True), _ratio(ratio(row, "median")), _ratio(best)
        cells.append((row["name"], *(_time(row, side) for side in sides), *ratios))
    yield from _table(headings, cells)


def _plain_table(rows, sides):
    headings = ("", *(figures.LABELS.get(side, f"minikeras, {side}") for side in sides), "ratio", "of medians")
    cells = []
    for row in rows:
        ratios = _ratio(ratio(row), bold=True), _ratio(ratio(row, "median"))
        cells.append((title(row), *(_time(row, side) for side in sides), *ratios))
    yield from _table(headings, cells)


def _kernels_table(rows):
    headings = ("", "minikeras", "eager", "TensorFlow", "PyTorch", "ratio", "of medians", "to PyTorch", "achieved")
    cells = []
    for row in rows:
        times = (_time(row, side) for side in ("minikeras", "eager", "tensorflow", "pytorch"))
        ratios = _ratio(ratio(row), bold=True), _ratio(ratio(row, "median")), _ratio(ratio(row, theirs="pytorch"))
        cells.append((row["name"], *times, *ratios, _achieved(row)))
    yield from _table(headings, cells)


def _achieved(row):
    seconds = row["best"]["minikeras"]
    if row["operations"]:
        return f"{row['operations'] / seconds / 1e9:.0f} GFLOP/s"
    return f"{row['bytes'] / seconds / 1e9:.1f} GB/s" if row["bytes"] else ""


# --- the plots -------------------------------------------------------------------------------------------------------


def draw(folder, rows, runs):
    """Draws all plots for which there are rows. Returns {name: path}."""
    made = {}
    bars = [(key[0], entries[0][1], key[1], None) for key, entries in goals(rows)]
    if bars:
        made["goals"] = figures.ratio_bars("The other side's time / ours", bars)
    sides = ("minikeras", "eager", "pytorch", *RIVALS)
    for name, what, predicts in (("networks", "Training", False), ("predictions", "Prediction", True)):
        networks = [row for row in rows if row["family"] == "networks" and ratio(row)]
        networks = [row for row in networks if (": predict" in row["name"]) == predicts]
        if networks:
            made[name] = figures.dots(f"{what}: how many times as fast as TensorFlow's defaults", networks, sides)
    scaling = [row for row in rows if row["family"] == "scaling"]
    if scaling:
        made["scaling"] = figures.scaling(_by_batch(scaling), _by_threads(scaling))
    for family, heading in KERNELS.items():
        bars = [_bar(row) for row in rows if row["family"] == family and ratio(row)]
        if bars:
            made[family] = figures.ratio_bars(f"{heading}: TensorFlow's time / ours", bars)
    counted = [row for row in rows if row["family"] in KERNELS and row["bytes"]]
    if counted:
        made["roofline"] = roofline(counted, runs[counted[0]["run"]]["peaks"])
    return {name: figures.save(figure, folder, name) for name, figure in made.items()}


def _bar(row):
    return row["name"].removeprefix("convolution "), ratio(row), goal_of(row), ratio(row, theirs="pytorch")


def _by_batch(rows):
    table = {}
    for row in rows:
        name, found, batch = row["name"].partition(": fit by batch size, ")
        if found:
            for side, seconds in row["best"].items():
                table.setdefault(name, {}).setdefault(side, []).append((int(batch), seconds))
    return table


def _by_threads(rows):
    table = {}
    for row in rows:
        name, found, count = row["name"].partition(", threads ")
        if found:
            short = name.partition(":")[0] if ": fit" in name else "convolution"
            for side, seconds in row["best"].items():
                table.setdefault(short, {}).setdefault(side, []).append((int(count), seconds))
    return table
