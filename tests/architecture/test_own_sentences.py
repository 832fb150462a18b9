"""What minikeras says is said in its own words: no sentence of Keras or TensorFlow stands in a string of it."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = 9  # so many equal words one after the other are a sentence taken over, and no accident

# What is theirs by right: titles and names, code as a user writes it, a line that both print.
FACTS = (
    "very deep convolutional networks for large scale image recognition",
    "mobilenets efficient convolutional neural networks for mobile vision applications",
    "inception v4 inception resnet and the impact of residual connections on learning",
    "fast and accurate deep network learning by exponential linear units elus",
    "the scaling and squaring method for the matrix exponential revisited",
    "awq activation aware weight quantization for llm compression and acceleration",
    "gptq accurate post training quantization for generative pre trained transformers",
    "parallel random numbers as easy as 1 2 3",
    "restoring model weights from the end of the best epoch",
    "job localhost replica 0 task 0 device cpu 0",
    "www cs toronto edu kriz cifar",
    "0 airplane 1 automobile 2 bird 3 cat 4 deer 5 dog 6 frog 7 horse",
    "0 t shirt top 1 trouser 2 pullover 3 dress 4 coat 5 sandal 6 shirt",
    "flax linen module flax linen compact def __call__ self inputs",
    "def call self y_true y_pred return ops mean",
    "table border 0 cellborder 1 bgcolor black cellpadding 10",
    "enumerate_dataset from_list from_variant get_model_proto get_next_as_optional",  # names, in alphabetical order
)


def sentences(path):
    """(line, words) of each string of a file, an f-string without its values."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(map(id, node.values))
            yield node.lineno, "".join(v.value if isinstance(v, ast.Constant) else " \0 " for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.lineno, node.value


def runs_of_words(text):
    """All runs of WORDS words but formulas; none goes over a value of an f-string."""
    text = " ".join(re.findall(r"[a-z0-9_'\0]+", text.lower()))
    for fact in FACTS:
        text = text.replace(fact, "\0")
    for part in text.split("\0"):
        words = part.split()
        for i in range(len(words) - WORDS + 1):
            run = words[i : i + WORDS]
            if sum(len(word) > 2 for word in run) > WORDS / 2:
                yield " ".join(run)


@pytest.mark.full
def test_no_sentence_is_taken_over():
    pytest.importorskip("tensorflow")
    theirs = set()
    for package, folders in {"keras": ["src"], "tensorflow": ["python"]}.items():
        root = Path(find_spec(package).origin).parent
        for folder in folders:
            for path in (root / folder).rglob("*.py"):
                if path.name.startswith("gen_") or path.name.endswith("_pb2.py"):
                    continue
                for _, text in sentences(path):
                    theirs.update(runs_of_words(text))
    assert len(theirs) > 100_000
    found = []
    for path in sorted((ROOT / "minikeras").rglob("*.py")):
        for line, text in sentences(path):
            same = [run for run in runs_of_words(text) if run in theirs and not any(fact in run for fact in FACTS)]
            if same:
                found.append(f"{path.relative_to(ROOT)}:{line}: {same[0]}")
    assert not found, "\n".join(["Say it in words of our own:", *found])
