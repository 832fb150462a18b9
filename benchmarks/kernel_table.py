"""docs/kernels.md: each computation with its forms, which compiler compiles them, where they run and what they gain.

    python -m benchmarks.kernel_table                       writes the page again
    python -m benchmarks.kernel_table --measure             measures all gains first, which takes some minutes
    python -m benchmarks.kernel_table --measure --first 40 --count 20    measures 20 rows from number 40 on
    python -m benchmarks.kernel_table --measure --only lstm              measures rows whose name contains this

The rows are those of `kernel_forms.py`, of all formulas and of all rules of optimizers. The gains are in
kernel_gains.json, each with its processor and date.
"""

import argparse
import gc
import importlib
import json
import pkgutil
import re
from functools import cache
from pathlib import Path

import minikeras.kernels
import minikeras.optimizers
from benchmarks.computation import Computation
from benchmarks.kernel_forms import COMPUTATIONS
from minikeras.kernels import rule_copies
from minikeras.kernels.factored_rule import FactoredRule
from minikeras.kernels.formula_kernels import FormulaKernel
from minikeras.kernels.registry import Native
from minikeras.kernels.scaled_rule import ScaledRule
from minikeras.kernels.tasks import TaskKernel
from minikeras.kernels.update_rule import UpdateRule

PAGE = Path(__file__).parents[1] / "docs" / "kernels.md"
GAINS = Path(__file__).parent / "kernel_gains.json"
KERNELS = "minikeras.kernels"
HEAD = """\
# Kernels

`python -m benchmarks.kernel_table` writes this page; edit `benchmarks/kernel_forms.py` instead.

A computation has at most two forms: its definition in NumPy (the reference), and one compiled form, which may contain
vector code. If there is more than one compiled form, the last column says why.

{rule}

The gain is the time of the reference divided by that of the compiled form, for the arrays and on the processor named.
For kernels that only plans run, the jobs alone are measured; in a plan, they also save the overhead of NumPy's calls.

| computation | reference | compiled form | vector code | compiled by | runs | gain | remark |
|---|---|---|---|---|---|---|---|
"""


@cache
def all_kernels():
    """{"module.name": kernel} of all kernels that there are: `TaskKernel`, `FormulaKernel`, `Native`."""
    return all_of(TaskKernel, Native)


def all_of(*types):
    """{"module.name": object} of all objects of these types that are minikeras's, but those of `kernels/machine/`."""
    _import_all()
    found = {}
    for thing in _objects():
        if issubclass(type(thing), types) and _is_own(thing):
            found[f"{thing.__module__}.{thing.__name__}"] = thing
    return {name: found[name] for name in sorted(found) if not name.startswith(f"{KERNELS}.machine.")}


def _objects():
    """All that garbage collections look at, and what the tests leave out of them (`tests/conftest.py`).

    Ask for `type(thing)`: `isinstance` asks objects of other packages for their class, and some of them warn.
    """
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    objects = gc.get_objects()
    if frozen:
        gc.freeze()
    return objects


def _is_own(kernel):
    """Whether it is minikeras's. `rule_copies` is the module of those made of a user's formulas."""
    return kernel.__module__.startswith("minikeras.") and kernel.__module__ != rule_copies.__name__


def _import_all():
    for package in (minikeras.kernels, minikeras.optimizers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(f"{KERNELS}.machine"):
                importlib.import_module(module.name)


def kernel_called(name):
    """The kernel of this name, or of "module.name" where several have it."""
    found = [kernel for full, kernel in all_kernels().items() if full.endswith(f".{name}")]
    if len(found) != 1:
        raise LookupError(f"A row names the kernel {name}. There are {len(found)} of that name; name its module too.")
    return found[0]


def referenced(name):
    """The object that "module:function" means."""
    module, _, path = name.partition(":")
    place = module if module.startswith(("minikeras.", "numpy")) else f"{KERNELS}.{module}"
    found = importlib.import_module(place)
    for part in path.split("."):
        found = getattr(found, part)
    return found


# --- the rows ---------------------------------------------------------------------------------------------------------


def computations():
    """All rows: those written down, then those of formulas and of rules."""
    return [*COMPUTATIONS, *map(_of_formula, _formulas()), *map(_of_rule, _rules())]


def _formulas():
    return [kernel for kernel in all_kernels().values() if isinstance(kernel, FormulaKernel)]


def _rules():
    _import_all()
    rules = [
        thing
        for thing in _objects()
        if issubclass(type(thing), (UpdateRule, ScaledRule, FactoredRule)) and _kernels_of(thing)
    ]
    own = [rule for rule in rules if all(map(_is_own, _kernels_of(rule)))]
    return sorted(own, key=lambda rule: rule.name)


def _of_formula(kernel):
    name = kernel.name.removesuffix("_chunks").replace("_", " ")
    formula = kernel.__doc__.splitlines()[0].rstrip(".")
    runs = "eager, plan" if _is_called_by_ops(kernel) else "plan"
    return Computation(f"{name}: {formula}", f"{kernel.__module__}:{kernel.name}", kernel.name, runs=runs)


CALL = re.compile(r"(?:\b(\w+)\.)?\b(\w+)\(")  # `kernel(`, `module.kernel(` and `kernel.job(`


@cache
def _callers():
    """{name: the files outside `plans/` in which something of that name, or an attribute of it, is called}."""
    folder, callers = Path(minikeras.__file__).parent, {}
    for file in folder.rglob("*.py"):
        if "plans" not in file.relative_to(folder).parts and not file.stem.endswith("lowering"):  # of plans too
            for name in {name for names in CALL.findall(file.read_text(encoding="utf-8")) for name in names}:
                callers.setdefault(name, set()).add(file)
    return callers


def _is_called_by_ops(kernel):
    """Whether another module than its own and those of plans calls it: then ops run it on arrays of their own."""
    own = Path(importlib.import_module(kernel.__module__).__file__)
    return bool(_callers().get(kernel.name, set()) - {own})


def _of_rule(rule):
    kernels = _kernels_of(rule)
    names = " ".join(f"{kernel.__module__.removeprefix('minikeras.')}.{kernel.__name__}" for kernel in kernels)
    return Computation(f"one step of {rule.name}", f"{kernels[0].__module__}:{rule.name}", names)


def _kernels_of(rule):
    return [part for part in vars(rule).values() if isinstance(part, TaskKernel)]


# --- the page ---------------------------------------------------------------------------------------------------------


def page(gains):
    """The page as text. `gains`: what kernel_gains.json holds, or {} for a page without gains."""
    rule = next(part for part in minikeras.kernels.__doc__.split("\n\n") if part.startswith("Who compiles what"))
    lines = [_line(row, gains.get(row.name)) for row in computations()]
    return HEAD.format(rule=rule) + "\n".join(lines) + "\n"


def _line(row, gain):
    forms = [[kernel_called(name) for name in form] for form in row.compiled]
    cells = [
        row.name.replace("|", "\\|"),
        "<br>".join(f"`{name}`" for name in row.references.split()),
        "<br>".join(f"{_file(form[0])}: " + ", ".join(f"`{kernel.__name__}`" for kernel in form) for form in forms),
        _vector_code(row, forms),
        "translator",
        row.runs,
        _gain(gain) if gain else row.not_alone or "not measured",
        row.reason,
    ]
    return f"| {' | '.join(cells)} |"


def _gain(gain):
    return f"{gain['reference'] / gain['compiled']:.1f} for {gain['arrays']} ({gain['processor']})"


def _file(kernel):
    return kernel.__module__.removeprefix("minikeras.").removeprefix("kernels.").replace(".", "/") + ".py"


def _vector_code(row, forms):
    if any(isinstance(kernel, FormulaKernel) for form in forms for kernel in form):
        return "the formula itself"
    return ", ".join(f"`{name}`" for name in row.vector.split())


def saved_gains():
    """What kernel_gains.json holds."""
    return json.loads(GAINS.read_text(encoding="utf-8")) if GAINS.exists() else {}


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernel_table", description=__doc__.splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="measure the gains first")
    parser.add_argument("--first", type=int, default=0, help="measure from the row of this number on")
    parser.add_argument("--count", type=int, help="measure so many rows")
    parser.add_argument("--only", default="", help="measure rows whose name has these letters")
    settings = parser.parse_args(arguments)
    if settings.measure:
        from benchmarks.kernel_gains import measured_gains  # not for a page alone

        last = None if settings.count is None else settings.first + settings.count
        names = [row.name for row in computations()[settings.first : last] if settings.only in row.name]
        gains = {**saved_gains(), **measured_gains(names)}
        found = {row.name: gains[row.name] for row in computations() if row.name in gains}
        GAINS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(saved_gains()), encoding="utf-8")
    print(f"{PAGE}: {len(computations())} computations")


if __name__ == "__main__":
    main()
