"""The reader of references against a table of programs: every form, under every alias; and what is none."""

import pytest

from tests.architecture.references import UNKNOWN, references
from tests.architecture.test_layering import hidden, upward

MODULE = "minikeras.models.model"
MODULES = {
    "minikeras", "minikeras.ops", "minikeras.ops.core", "minikeras.models", "minikeras.models.model",
    "minikeras.models.functional", "minikeras.saving", "minikeras.saving.archive",
}  # fmt: skip
ARCHIVE = "minikeras.saving.archive"

FORMS = {
    "import": {
        "import minikeras.saving": "minikeras.saving",
        "import minikeras.saving.archive as a": ARCHIVE,
        "from minikeras import saving": "minikeras.saving",
        "from minikeras.saving import archive": ARCHIVE,
        "from minikeras.saving.archive import load": ARCHIVE,
        "from minikeras import Model": "minikeras",
        "from ..saving import archive": ARCHIVE,
        "from .. import saving": "minikeras.saving",
        "from . import functional": "minikeras.models.functional",
        "def f():\n    import minikeras.saving": "minikeras.saving",
        "async def f():\n    from minikeras import saving": "minikeras.saving",
        "def __getattr__(name):\n    from minikeras.saving import archive\n    return archive": ARCHIVE,
        "if TYPE_CHECKING:\n    import minikeras.saving": "minikeras.saving",
        "try:\n    import minikeras.saving\nexcept ImportError:\n    pass": "minikeras.saving",
        "class A:\n    import minikeras.saving": "minikeras.saving",
        "exec('import minikeras.saving')": "minikeras.saving",
        "exec('from minikeras import ' 'saving')": "minikeras.saving",
        "eval(compile('import minikeras.saving', '', 'exec'))": "minikeras.saving",
    },
    "dynamic import": {
        "import importlib\nimportlib.import_module('minikeras.saving')": "minikeras.saving",
        "import importlib as i\ni.import_module('minikeras.saving.archive')": ARCHIVE,
        "from importlib import import_module\nimport_module('minikeras.saving')": "minikeras.saving",
        "from importlib import import_module as load\nload(name='minikeras.saving')": "minikeras.saving",
        "import importlib\nload = importlib.import_module\nload('minikeras.saving')": "minikeras.saving",
        "import importlib\nl = importlib\nload = l.import_module\nload('minikeras.saving')": "minikeras.saving",
        "import importlib\ngetattr(importlib, 'import_module')('minikeras.saving')": "minikeras.saving",
        "import importlib\nvars(importlib)['import_module']('minikeras.saving')": "minikeras.saving",
        "import importlib\nimportlib.import_module('..saving', __package__)": "minikeras.saving",
        "import importlib\nimportlib.import_module('.archive', package='minikeras.saving')": ARCHIVE,
        "import importlib\nimportlib.import_module('.' + name, 'minikeras.saving')": "minikeras.saving",
        "import importlib\nimportlib.import_module(f'minikeras.saving.{name}')": "minikeras.saving",
        "import importlib\nimportlib.import_module('minikeras.' + 'saving')": "minikeras.saving",
        "import importlib\nimportlib.import_module('.'.join(['minikeras', 'saving']))": "minikeras.saving",
        "import importlib\nimportlib.import_module('{}.saving'.format('minikeras'))": "minikeras.saving",
        "import importlib\nimportlib.import_module('minikeras.saving.%s' % name)": "minikeras.saving",
        "import importlib\nimportlib.import_module('%s.saving' % 'minikeras')": "minikeras.saving",
        "import importlib\nimportlib.import_module(f'{__package__}.functional')": "minikeras.models.functional",
        "import importlib\nimportlib.import_module(f'{__name__}.{name}')": MODULE,
        "import importlib\nimportlib.import_module(name)": UNKNOWN,
        "import importlib\nimportlib.import_module('minikeras')": "minikeras",
        "import importlib.util\nimportlib.util.find_spec('minikeras.saving')": "minikeras.saving",
        "__import__('minikeras.saving')": "minikeras.saving",
        "__import__('minikeras', fromlist=['saving'])": "minikeras.saving",
        "import builtins\nbuiltins.__import__('minikeras.saving')": "minikeras.saving",
        "import runpy\nrunpy.run_module('minikeras.saving')": "minikeras.saving",
        "import pkgutil\npkgutil.resolve_name('minikeras.saving.archive:load')": ARCHIVE,
        "from pydoc import locate\nlocate('minikeras.saving.archive.load')": ARCHIVE,
        "def f():\n    return __import__(name)": UNKNOWN,
        "from importlib import import_module\nmap(import_module, names)": UNKNOWN,
        "from importlib import import_module\ndef f(name, load=import_module):\n    return load(name)": UNKNOWN,
        "import importlib\nLOADERS = {'by name': importlib.import_module}": UNKNOWN,
        "import functools, importlib\nload = functools.partial(importlib.import_module, name)": UNKNOWN,
        "import importlib\nclass A:\n    load = staticmethod(importlib.import_module)": UNKNOWN,
        "__builtins__['__import__'](name)": UNKNOWN,
        "globals()['__builtins__']['__import__'](name)": UNKNOWN,
        "import importlib\nimportlib.reload(module)": UNKNOWN,
        "import inspect\ninspect.getmodule(function).saving": UNKNOWN,
        "import runpy\nrunpy.run_path(path)": UNKNOWN,
        "from importlib.util import spec_from_file_location\nspec_from_file_location('x', path)": UNKNOWN,
        "from importlib.machinery import SourceFileLoader as L\nL('x', path).load_module()": UNKNOWN,
        "__loader__.load_module(name)": UNKNOWN,
        "exec(code)": UNKNOWN,
        "exec(f'from minikeras import {name}')": UNKNOWN,
    },
    "sys.modules": {
        "import sys\nsys.modules['minikeras.saving']": "minikeras.saving",
        "import sys\nsys.modules['minikeras'].saving": "minikeras",
        "import sys\nsys.modules.get('minikeras.saving')": "minikeras.saving",
        "import sys\nsys.modules.pop('minikeras.saving', None)": "minikeras.saving",
        "import sys\nsys.modules.__getitem__('minikeras.saving')": "minikeras.saving",
        "import sys\nsys.modules[f'minikeras.saving.{name}']": "minikeras.saving",
        "import sys\nsys.modules[__name__]": MODULE,
        "import sys\nsys.modules[name]": UNKNOWN,
        "import sys\nfor name, module in sys.modules.items(): pass": UNKNOWN,
        "import sys\nlist(sys.modules)": UNKNOWN,
        "import sys\n'minikeras.saving' in sys.modules": "minikeras.saving",
        "import sys\n'minikeras.saving' not in sys.modules": "minikeras.saving",
        "import sys as s\ns.modules['minikeras.saving']": "minikeras.saving",
        "from sys import modules\nmodules['minikeras.saving']": "minikeras.saving",
        "from sys import modules as loaded\nloaded.get('minikeras.saving')": "minikeras.saving",
        "import sys\nloaded = sys.modules\nloaded['minikeras.saving']": "minikeras.saving",
        "import sys\ngetattr(sys, 'modules')['minikeras.saving']": "minikeras.saving",
        "import sys\nsys.__dict__['modules']['minikeras.saving']": "minikeras.saving",
        "import operator, sys\noperator.attrgetter('modules')(sys)[name]": UNKNOWN,
    },
    "attribute": {
        "import minikeras.ops\nminikeras.saving.load(path)": "minikeras.saving",
        "import minikeras.ops\nminikeras.saving.archive.load": ARCHIVE,
        "import minikeras\nminikeras.Model": "minikeras",
        "import minikeras as k\nk.saving.load": "minikeras.saving",
        "import minikeras\ngetattr(minikeras, 'saving').load": "minikeras.saving",
        "import minikeras\ngetattr(getattr(minikeras, 'saving'), 'archive')": ARCHIVE,
        "import minikeras\ngetattr(minikeras, name)": "minikeras",
        "import minikeras\nvars(minikeras)['saving']": "minikeras.saving",
        "import minikeras\nminikeras.__dict__['saving']": "minikeras.saving",
        "import minikeras\nvars(minikeras)[name]": "minikeras",
    },
    "string": {
        "place = 'minikeras.saving'": "minikeras.saving",
        "place = 'minikeras.saving.archive:load'": ARCHIVE,
        "place = 'minikeras.saving.archive.Archive.load'": ARCHIVE,
        "place = 'minikeras/saving/archive.py'": ARCHIVE,
        "place = 'saving/archive'": ARCHIVE,
        "place = 'saving.archive.load'": ARCHIVE,
        "place = 'minikeras' + '.saving'": "minikeras.saving",
        "LAZY = {'load': 'minikeras.saving'}": "minikeras.saving",
        "OURS = ('minikeras.saving.',)": "minikeras.saving",
        "place = f'minikeras.saving.{name}'": "minikeras.saving",
        "place = '.'.join(['minikeras', 'saving'])": "minikeras.saving",
        "place = '{}.{}'.format('minikeras', 'saving')": "minikeras.saving",
    },
}
CASES = [(form, source, target) for form, table in FORMS.items() for source, target in table.items()]
TO_OTHERS = [case for case in CASES if not any(own in case[1] for own in ("__name__", "__package__", "from ."))]


@pytest.mark.parametrize("form, source, target", CASES)
def test_every_form_is_seen(form, source, target):
    found = references(source, MODULE, MODULES)
    assert (target, form) in {(r.target, r.form) for r in found}


@pytest.mark.parametrize("form, source, target", TO_OTHERS)
def test_every_form_that_goes_upward_or_hides_is_wrong(form, source, target):
    """In `ops`, which is below `saving` and `models`, each of the programs is against the rules."""
    module = "minikeras.ops.core"
    found = references(source, module, MODULES)
    assert upward(module, found) or hidden(module, found)


HARMLESS = {
    "a docstring": '"""minikeras.saving"""\ndef f():\n    """minikeras.saving.archive"""',
    "a word": "name = 'saving'",
    "a sentence": "text = 'see minikeras.saving for more'",
    "another library": "import os.path\nfrom json import loads\nname = 'os.path'",
    "a name that no module has": "name = 'conv/kernel'",
    "attributes of others": "import os\nos.saving.archive\nself.minikeras.saving",
    "a class in its own package": "from minikeras.models.functional import Functional\nFunctional.saving",
    "another table": "modules = {}\nmodules['minikeras_saving']",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_other_code_refers_to_nothing_else(name):
    found = references(HARMLESS[name], MODULE, MODULES)
    assert {r.target for r in found if r.target.startswith("minikeras") or r.target == UNKNOWN} <= {
        "minikeras.models.functional"
    }


def test_where_a_reference_is():
    lines = ["import a", "", "def f(x=__import__('b')):", "    import c", "", "class C:", "    import d"]
    source = "\n".join([*lines, "    g = lambda: __import__('e')"])
    found = {r.target: (r.line, r.at_top) for r in references(source, MODULE, MODULES)}
    assert found == {"a": (1, True), "b": (3, True), "c": (4, False), "d": (7, True), "e": (8, False)}


@pytest.mark.parametrize("is_package, expected", [(False, "minikeras.saving"), (True, "minikeras.models.saving")])
def test_relative_imports_start_at_the_package(is_package, expected):
    module = "minikeras.models"
    modules = {*MODULES, "minikeras.models.saving"}
    found = references("from . import saving", module, modules, is_package)
    assert {r.target for r in found} == {expected}
