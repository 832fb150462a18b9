"""The layers of the architecture: a package refers to packages below it only, in any form.

A reader may then study any package knowing only what is below it. References inside functions count as well, and so do
those that no import statement shows (`references.py` lists the forms). The few that go upward, and the few that are
hidden, are named below with their reasons. Heavy packages stay where they belong.
"""

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.references import UNKNOWN, references

PACKAGE = Path(__file__).parents[2] / "minikeras"

# From the bottom to the top. Packages on one layer do not refer to each other. "minikeras" is the public namespace.
LAYERS = [
    ["base"],
    ["config", "tree"],
    ["collectives"],
    ["kernels"],
    ["autodiff"],
    ["ops"],
    ["random", "serialization"],
    ["tensors"],
    ["activations", "constraints", "dtype_policies", "initializers", "quantizers", "regularizers"],
    ["formats"],
    ["losses"],  # under metrics, many of which are the mean of a loss function
    ["data"],
    ["layers", "metrics", "optimizers"],
    ["legacy", "mixed_precision", "utils"],  # `utils` is under callbacks, which show a progress bar
    ["plans"],
    ["backend", "callbacks", "preprocessing"],
    ["trainers"],
    ["exporting", "saving"],
    ["models"],
    ["applications", "datasets", "distillation", "distribution", "export", "visualization", "wrappers"],
    ["minikeras"],
    ["compat"],
    ["tools"],
    ["__main__"],
]
# (module, or package that it is in; package that it refers to): reason
ALLOWED_UPWARD = {
    ("minikeras.utils.feature_space.space", "saving"): "`FeatureSpace.save`, and saving needs to know all classes",
    ("minikeras.ops.coordinates", "random"): "`elastic_transform` takes a seed like a random function",
    ("minikeras", "compat"): "`%load_ext minikeras` installs it; without that it is not loaded, which takes time",
    ("minikeras.callbacks.step_trace", "tools"): "the callback that writes the page of a step; loaded when it is used",
    ("minikeras.models.model", "tools"): "`Model.explain_plan`, loaded on the first call",
    ("minikeras.utils.on_demand", "tools"): "`Model.diagnose`, `fit(detect_anomaly=)`, `gradcheck`: on the first call",
    ("minikeras.serialization", "optimizers"): "names in files are those of the public namespaces",
    ("minikeras.serialization.registry", "layers"): "the same",
    ("minikeras.serialization.registry", "losses"): "the same",
    ("minikeras.serialization.registry", "utils"): "the same",
    ("minikeras.serialization.registry", "applications"): "two layers are named by the modules that Keras has them in",
}
# module, or package that it is in: why it refers to modules by no import statement
ALLOWED_HIDDEN = {
    "minikeras.tools.cli": "it runs the user's scripts, whose modules it loads; commands are loaded when run",
    "minikeras.compat.namespaces": "the modules of a namespace are loaded when a name in it is asked for",
    "minikeras.compat.import_hook": "it removes another `tensorflow` from the table of modules, and restores it",
    "minikeras.compat.keras_src": "the modules of `keras.src` are loaded when a name in them is asked for",
    "minikeras.compat.keras": "`keras.backend` brings the tf namespace with it, so it is loaded when asked for",
    "minikeras.tools.learn": "the module of an exercise is loaded when it is wanted",
    "minikeras.kernels.machine.ahead": "another process gets the names of the kernels to compile",
    "minikeras.kernels.machine.fingerprints": "kernels name their vector code, which is loaded when they are compiled",
    "minikeras.kernels.machine.numba_formulas": "it compiles text that it has written: the loop around a formula",
    "minikeras.base.optional_packages": "it imports modules of other projects, by their names",
    "minikeras.base.replay": "it reads the declarations of a function's package",
    "minikeras.serialization": "names in files are those of the public namespaces",
}

ONLY_IN = {"numba": "minikeras.kernels.machine", "llvmlite": "minikeras.kernels.machine.llvm"}
PRIVATE_NUMBA = "minikeras.kernels.machine.overload_cache"  # which alone uses parts that are not public
PUBLIC_NUMBA = ("numba", "numba.types", "numba.extending")
NEVER = {"tensorflow", "keras"}
ONLY_INSIDE_FUNCTIONS = {
    "rich",
    "ml_dtypes",
    "h5py",
    "matplotlib",
    "pydot",
    "tensorboardX",
    "PIL",
    "orbax",
    "cv2",
    "onnx",
}
ONLY_INSIDE_FUNCTIONS |= {"mpi4py", "nbclient", "nbformat", "jupyter_client", "ipykernel"}
AT_TOP_OF = {"rich": "minikeras.tools.cli"}  # whose modules are loaded with their command, which prints by it
OPENLY = ("import", "string")  # forms of references that a reader finds by searching for the name of the module


def module_name(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
LAYER_OF = {package: number for number, packages in enumerate(LAYERS) for package in packages}


@cache
def references_of(module):
    """The `Reference`s of one of the MODULES."""
    path = MODULES[module]
    return references(path.read_text(encoding="utf-8"), module, MODULES.keys(), path.name == "__init__.py")


def package_of(module):
    """The package a module is in: "layers" for "minikeras.layers.core.dense", "minikeras" for itself."""
    return module.split(".")[1] if "." in module else module


PACKAGES = {}
"""Package: its modules. A test takes a package, for one per module would be thousands."""
for _module in MODULES:
    PACKAGES.setdefault(package_of(_module), []).append(_module)


def is_below(module, package):
    """Whether `package` is on a lower layer than the package of `module`, or that package itself."""
    own = package_of(module)
    return package == own or LAYER_OF.get(package, len(LAYERS)) < LAYER_OF[own]


def is_in(module, package):
    return module == package or module.startswith(f"{package}.")


def upward(module, found):
    """Those of the references that go to a package that is not below, and are not allowed to."""
    allowed = {package for (place, package) in ALLOWED_UPWARD if is_in(module, place)}
    return [
        reference
        for reference in found
        if is_in(reference.target, "minikeras")
        and not is_below(module, package_of(reference.target))
        and package_of(reference.target) not in allowed
    ]


def hidden(module, found):
    """Those of the references that no import statement shows, and are not allowed to be so."""
    if any(is_in(module, place) for place in ALLOWED_HIDDEN):
        return []
    return [r for r in found if r.form not in OPENLY and (r.target == UNKNOWN or is_in(r.target, "minikeras"))]


# Imports inside functions, by what they are for. Each has its reason on its line, or follows one that has.
INSIDE_FUNCTIONS = {
    "an optional package, not by `optional_module`": {"rich", "mpi4py", "IPython", "traitlets.config"},
    "part of Python that is slow to load": {
        *("concurrent.futures", "multiprocessing", "urllib.request"),
    },
    "LLVM or Numba, without which compiled code on disk runs": {"minikeras.kernels.machine"},
    "few programs need it, and `import minikeras` is quick without": {
        *("minikeras.applications", "minikeras.tools.cli", "minikeras.collectives.world", "minikeras.tools.diagnosis"),
        *("minikeras.export", "minikeras.exporting"),
        *("minikeras.distribution.splitting", "minikeras.tools.tracing", "minikeras.utils"),
        *("minikeras.wrappers", "minikeras.compat", "minikeras.autodiff.observers", "minikeras.formats.saved_model"),
    },
    "a package above, see ALLOWED_UPWARD": {"minikeras.saving", "minikeras.random"},
}
COUNT_INSIDE_FUNCTIONS = 34


def imports_inside_functions(path):
    """(target, whether its line or one of the two before has a comment) of each import statement in a function."""
    lines = path.read_text(encoding="utf-8").splitlines()
    nodes = ast.walk(ast.parse("\n".join(lines)))
    functions = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    statements = {n.lineno: n for f in functions for n in ast.walk(f) if isinstance(n, (ast.Import, ast.ImportFrom))}
    for number, node in sorted(statements.items()):
        target = node.names[0].name
        if isinstance(node, ast.ImportFrom):
            module = f"{node.module}.{target}"
            target = module if module in MODULES else node.module
        yield target, any("  # " in f"  {line.strip()}" for line in lines[number - 3 : number])


def test_imports_inside_functions_are_of_known_kinds_and_grow_no_more():
    found = [(module, *entry) for module, path in MODULES.items() for entry in imports_inside_functions(path)]
    known = [target for targets in INSIDE_FUNCTIONS.values() for target in targets]
    for module, target, has_reason in found:
        assert has_reason, f"{module} imports {target} in a function: say on the line why not at the top"
        assert any(is_in(target, name) for name in known), f"{module}: add {target} to INSIDE_FUNCTIONS, with a reason"
    for name in known:
        assert any(is_in(target, name) for _, target, _ in found), f"Take {name} off INSIDE_FUNCTIONS"
    assert len(found) <= COUNT_INSIDE_FUNCTIONS


def test_no_modules_import_each_other():
    """Imports inside functions are counted too: what has to call its importer gets it by registration."""
    graph = {module: {r.target for r in references_of(module) if r.form == "import"} for module in MODULES}
    graph = {
        module: {target for target in targets if target != module} & MODULES.keys() for module, targets in graph.items()
    }
    TopologicalSorter(graph).prepare()  # or a CycleError, with the modules of a cycle


def test_there_are_modules_to_check():
    assert len(MODULES) > 500
    assert sum(len(references_of(module)) for module in MODULES if package_of(module) == "layers") > 500


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_on_a_layer(package):
    assert package in LAYER_OF, f"Add {package} to LAYERS in {Path(__file__).name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_references_go_downward(package):
    for module in PACKAGES[package]:
        wrong = upward(module, references_of(module))
        assert not wrong, f"{module} (package {package!r}) refers to packages that are not below it: {wrong}"


@pytest.mark.parametrize("package", PACKAGES)
def test_references_are_import_statements(package):
    for module in PACKAGES[package]:
        wrong = hidden(module, references_of(module))
        assert not wrong, (
            f"{module} refers to modules by no import statement: {wrong}. Import them, take them as arguments, or let "
            "them register what is needed."
        )


@pytest.mark.parametrize("package", PACKAGES)
def test_heavy_packages_stay_where_they_belong(package):
    for module in PACKAGES[package]:
        wrong = [reference for reference in references_of(module) if is_misplaced(module, reference)]
        assert not wrong, f"{module} imports {wrong}"


def is_misplaced(module, reference):
    """Whether a reference imports a heavy package where it does not belong."""
    package = reference.target.split(".")[0]
    return reference.form == "import" and (
        package in NEVER
        or (package in ONLY_IN and not is_in(module, ONLY_IN[package]))
        or (package == "numba" and reference.target not in PUBLIC_NUMBA and module != PRIVATE_NUMBA)
        or (package in ONLY_INSIDE_FUNCTIONS and reference.at_top and not is_in(module, AT_TOP_OF.get(package, "-")))
    )


@pytest.mark.parametrize("place, package", ALLOWED_UPWARD)
def test_allowed_upward_references_exist(place, package):
    found = [r for module in MODULES if is_in(module, place) for r in references_of(module)]
    exists = any(is_in(r.target, "minikeras") and package_of(r.target) == package for r in found)
    assert exists, f"{place} no longer refers to {package}: take it off ALLOWED_UPWARD"


@pytest.mark.parametrize("place", ALLOWED_HIDDEN)
def test_allowed_hidden_references_exist(place):
    found = [r for module in MODULES if is_in(module, place) for r in references_of(module)]
    exists = any(r.form not in OPENLY and (r.target == UNKNOWN or is_in(r.target, "minikeras")) for r in found)
    assert exists, f"{place} has no hidden references any more: take it off ALLOWED_HIDDEN"


def test_importing_minikeras_loads_nothing_heavy():
    loaded = set(run("import minikeras, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"))
    assert "minikeras" in loaded
    assert not loaded & (NEVER | {*ONLY_IN} | ONLY_INSIDE_FUNCTIONS)


def test_what_is_below_compat_works_without_it():
    packages = "data.pipeline", "preprocessing", "formats.protobuf.example", "tensors.lookup"
    names = ", ".join(
        f"minikeras.{name}"
        for name in (
            *packages,
            "tensors.sparse",
            "tensors.strings",
        )
    )
    script = f"import sys, {names}\n"
    script += "print('loaded', *(name for name in sys.modules if name.startswith('minikeras.compat')))"
    assert run(script) == ["loaded"]


def run(script):
    """The words that a script prints in a new process."""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    return result.stdout.split()
