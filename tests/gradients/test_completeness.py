"""Every differentiable op stands in a gradient table."""

import importlib
import pkgutil
from pathlib import Path

import minikeras.ops
from minikeras.autodiff.operation import Op
from tests.gradients.harness import ops_used_by

# Their gradients are the user's, or are checked elsewhere.
EXEMPT = {
    "CustomGradient",  # tests/unit/autodiff
    "ForeignCall",
    "ConvertToTensor",  # leaves values as they are; tests/unit/ops
    "FirstOrderOnly",  # tests/unit/layers/test_foreign_layers.py
    # Their gradients pass through a rounding, whose derivative is 0: tests/parity/test_quantizers.py,
    # test_quantized_layers.py and compat/test_tf_sampled_parts.py compare them with TensorFlow's.
    *("FakeQuantWithMinMaxVars", "GradientThroughFloat8", "IntegerProduct", "ThroughFloat8"),
    # Between processes, whose jobs compare trainings with those of one process: tests/unit/ranks.
    *("CopyToParts", "GatherParts", "MeanOverRanks", "OwnPart", "SumParts"),
    *("RoundedToBfloat16", "RoundedToFloat16"),  # of plans, which round gradients as the tape does
    "GammaSample",  # its value does not change with the concentration: tests/parity/compat/test_tf_found_programs.py
    "SparseProduct",  # against dense products: tests/parity/test_sparse.py
}


def subclasses(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from subclasses(sub)


def differentiable_ops():
    """The classes of all differentiable ops; those with subclasses are bases, tested through them."""
    for module in pkgutil.walk_packages(minikeras.ops.__path__, "minikeras.ops."):
        importlib.import_module(module.name)
    return {
        cls
        for cls in subclasses(Op)
        if cls.__module__.startswith("minikeras.") and cls.differentiable and not cls.__subclasses__()
    }


def all_rows():
    for path in sorted(Path(__file__).parent.glob("test_*_ops.py")):
        yield from importlib.import_module(f"tests.gradients.{path.stem}").ROWS


def test_every_differentiable_op_has_a_row():
    tested = set().union(*[ops_used_by(row) for row in all_rows()])
    missing = {cls.__name__ for cls in differentiable_ops() - tested} - EXEMPT
    assert not missing, f"No gradient row for: {', '.join(sorted(missing))}"


def test_row_names_are_unique():
    names = [row.name for row in all_rows()]
    assert len(names) == len(set(names)), sorted({name for name in names if names.count(name) > 1})
