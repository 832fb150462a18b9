"""Compare two .keras, .weights.h5 or .h5 files: layers, names, shapes, and the largest difference of each weight."""

from minikeras.saving.file_differences import config_differences, weight_differences
from minikeras.saving.inspection import inspected
from minikeras.tools.cli.file_report import Part, in_one_sentence, show

HEADINGS = ["path", "first", "second", "max difference", "relative"]


def add_arguments(parser):
    """The arguments of `minikeras diff`."""
    parser.add_argument("file", help="a .keras, .weights.h5 or .h5 file")
    parser.add_argument("other", help="the file to compare it with")
    parser.add_argument("--html", metavar="PAGE", help="write the report to this HTML file as well")


def run(arguments):
    """Print the differences. Returns the exit status: 0 if there are none, 1 if there are, 2 without two files."""
    if arguments.other is None:
        print("`--diff` compares two files. Name the second one after the first.")
        return 2
    with in_one_sentence(2) as outcome, inspected(arguments.file) as first, inspected(arguments.other) as second:
        sentences = list(config_differences(first, second))
        differences = list(weight_differences(first, second))
        title = f"{first.path} and {second.path}"
        show(title, parts_of(sentences, differences), arguments.html)
        outcome.status = int(bool(sentences) or not all(difference.is_equal for difference in differences))
    return outcome.status


def parts_of(sentences, differences):
    """The parts of the report."""
    equal = sum(difference.is_equal for difference in differences)
    yield Part("Layers", ["difference"], [[text] for text in sentences], sentence="" if sentences else "No difference.")
    rows = [row_of(difference) for difference in differences if not difference.is_equal]
    sentence = f"{equal} of {len(differences)} arrays are equal."
    if differences and not any(difference.first and difference.second for difference in differences):
        sentence += " None is in both under one path: formats name arrays in different ways."
    yield Part("Weights", HEADINGS, rows, texts=3, sentence=sentence)


def row_of(difference):
    """The row of an array."""
    numbers = [f"{n:.3g}" if n is not None else "" for n in (difference.largest, difference.relative)]
    return [difference.path, difference.first or "(missing)", difference.second or "(missing)", *numbers]
