"""The floors: minikeras's modules import downwards only, and heavy packages stay where they belong.

A reader may then study any floor knowing only what is below it. Imports inside functions count as well, so that an
upward call cannot hide; the few that are wanted are named in `ALLOWED_UPWARD`, each with its reason.
"""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "minikeras"

# From the ground up. Rooms that share a floor do not import each other.
FLOORS = [
    ["debugging", "messages", "naming", "signatures", "suggestions", "system", "tracebacks", "tree"],
    ["config"],
    ["dtypes"],
    ["kernels"],
    ["autodiff"],
    ["ops"],
    ["random", "serialization"],
    ["activations", "constraints", "dtype_policies", "initializers", "regularizers"],
    ["losses"],  # under metrics, many of which are the mean of a loss function
    ["data", "layers", "metrics", "optimizers"],
    ["utils"],  # under callbacks, which show a progress bar; what concerns models takes them as arguments
    ["backend", "callbacks", "plans"],
    ["trainers"],
    ["models"],
    ["saving"],
    ["applications", "datasets"],
    ["compat"],
    ["cli"],
]
ROOF = {"minikeras", "minikeras.__main__"}  # may import every room; no room imports them
ALLOWED_UPWARD = {  # (importing module, imported room): reason
    ("minikeras.models.model", "saving"): "`Model.save` is what users call, and saving needs to know models",
    ("minikeras.models", "saving"): "`keras.models.load_model` is another name of `keras.saving.load_model`",
    ("minikeras.ops.coordinates", "random"): "`elastic_transform` takes a seed like a random function",
}

ONLY_IN_KERNELS = {"numba"}
NEVER = {"tensorflow", "keras"}
ONLY_INSIDE_FUNCTIONS = {"rich", "h5py", "matplotlib", "pydot", "tensorboardX", "PIL", "orbax"}
ONLY_INSIDE_FUNCTIONS |= {"nbclient", "nbformat", "jupyter_client", "ipykernel"}


def module_name(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def room_of(module):
    """The room a module is in: "layers" for "minikeras.layers.core.dense"."""
    return module.split(".")[1]


def imports_of(module):
    """Pairs (imported module, whether the import stands at the top level), relative imports resolved."""
    path = MODULES[module]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        node
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for node in ast.walk(function)
    }
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node not in inner
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                source = importlib.util.resolve_name("." * node.level + source, package)
            for alias in node.names:
                full = f"{source}.{alias.name}"
                is_submodule = full in MODULES or source == "minikeras"
                yield (full if is_submodule else source), node not in inner


def test_there_are_modules_to_check():
    assert len(MODULES) > 10


@pytest.mark.parametrize("module", [module for module in MODULES if module not in ROOF])
def test_every_module_is_on_a_floor(module):
    assert room_of(module) in FLOOR_OF, f"{module}: add its room to FLOORS in {Path(__file__).name}"


@pytest.mark.parametrize("module", [module for module in MODULES if module not in ROOF])
def test_imports_go_down(module):
    room = room_of(module)
    upward = [
        imported
        for imported, _ in imports_of(module)
        if imported.split(".")[0] == "minikeras"
        and (imported in ROOF or room_of(imported) != room)
        and (imported in ROOF or FLOOR_OF.get(room_of(imported), 0) >= FLOOR_OF[room])
        and (module, room_of(imported)) not in ALLOWED_UPWARD
    ]
    assert not upward, f"{module} (room {room!r}) imports upwards or sideways: {upward}"


@pytest.mark.parametrize("module", MODULES)
def test_heavy_packages_stay_where_they_belong(module):
    wrong = []
    for imported, at_the_top in imports_of(module):
        package = imported.split(".")[0]
        if (
            package in NEVER
            or (package in ONLY_IN_KERNELS and not module.startswith("minikeras.kernels"))
            or (package in ONLY_INSIDE_FUNCTIONS and at_the_top)
        ):
            wrong.append(imported)
    assert not wrong, f"{module} imports {wrong}"


def test_allowed_upward_imports_exist():
    for module, room in ALLOWED_UPWARD:
        imported_rooms = {name.split(".")[1] for name, _ in imports_of(module) if name.startswith("minikeras.")}
        assert room in imported_rooms, f"{module} no longer imports {room}: take it off ALLOWED_UPWARD"


def test_importing_minikeras_loads_nothing_heavy():
    script = "import minikeras, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    loaded = set(result.stdout.split())
    assert "minikeras" in loaded
    assert not loaded & (NEVER | ONLY_IN_KERNELS | ONLY_INSIDE_FUNCTIONS)
