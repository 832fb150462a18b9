"""Show what is in a .keras, .weights.h5 or .h5 file, without building the model or running any code of the file.

It lists layers, shapes, parameters, the optimizer's state, versions, and what deserves a second look before the file is
loaded: code, classes of other packages, impossible sizes.
"""

from minikeras.saving.findings import findings, is_of_keras
from minikeras.saving.inspection import elements, inspected, is_of_optimizer
from minikeras.tools.cli import diff
from minikeras.tools.cli.file_report import Part, in_one_sentence, show

HEADINGS = ["layer", "class", "input", "parameters", "trainable"]


def add_arguments(parser):
    """The arguments of `minikeras inspect`."""
    parser.add_argument("file", help="a .keras, .weights.h5 or .h5 file")
    parser.add_argument("other", nargs="?", help="with --diff: the file to compare it with")
    parser.add_argument("--html", metavar="PAGE", help="write the report to this HTML file as well")
    parser.add_argument("--diff", action="store_true", help="compare two files, as `minikeras diff` does")


def run(arguments):
    """Print the report. Returns the exit status: 0, or 1 if the file cannot be read."""
    if arguments.diff or arguments.other:
        return diff.run(arguments)
    with in_one_sentence() as outcome, inspected(arguments.file) as content:
        show(f"{content.path}: {content.kind}", parts_of(content), arguments.html)
    return outcome.status


def parts_of(content):
    """The parts of the report."""
    weights = [stored for path, stored in content.arrays.items() if not is_of_optimizer(path)]
    facts = {**content.facts, "size": f"{content.size:,} bytes", "weights": f"{len(weights)} arrays"}
    facts["parameters"] = f"{elements(weights):,}"
    facts |= compiled(content)
    yield Part("File", ["", ""], list(facts.items()), texts=2)
    noted = findings(content)
    yield Part(
        "Before you load it", ["finding"], [[text] for text in noted], sentence="" if noted else "Nothing unusual."
    )
    rows = [layer_row(entry, count) for entry, count in content.layer_sizes()]
    yield Part("Layers", HEADINGS, rows, texts=3)
    for title, wanted in (("Weights", False), ("State of the optimizer", True)):
        rows = [
            [path, tuple(stored.shape), stored.dtype.name, f"{elements([stored]):,}"]
            for path, stored in content.arrays.items()
            if is_of_optimizer(path) is wanted
        ]
        yield Part(title, ["path", "shape", "dtype", "elements"], rows, texts=3)


def layer_row(entry, count):
    """The row of a layer with `count` parameters."""
    kind = entry.kind if not entry.module or is_of_keras(entry.module) else f"{entry.module}.{entry.kind}"
    return [entry.name, kind, entry.input_shape, f"{count:,}", "" if not count else "yes" if entry.trainable else "no"]


def compiled(content):
    """{what: text} of the arguments of `compile`."""
    config = content.compile_config
    if not isinstance(config, dict):
        return {}
    named = {word: _name_of(config.get(word)) for word in ("optimizer", "optimizer_config", "loss", "metrics")}
    return {word.removesuffix("_config"): name for word, name in named.items() if name}


def _name_of(value):
    if isinstance(value, dict) and "class_name" in value:
        return str(value["class_name"])
    if isinstance(value, (list, dict)):
        inner = value if isinstance(value, list) else value.values()
        return ", ".join(filter(None, map(_name_of, list(inner)[:20])))
    return "" if value is None else str(value)[:80]
