"""`tf.experimental.ExtensionType` of the namespace, as scripts get it, against the live one."""

import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat.namespaces import namespace_shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402
from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.extension_programs import PROGRAMS  # noqa: E402
from tests.parity.compat.snippets import compare, outcome  # noqa: E402

GROUP = "compat: extension types"


@pytest.mark.parametrize("run", PROGRAMS, ids=lambda run: run.__name__)
def test_like_tensorflow(run):
    with tensor_attributes_installed():
        ours = outcome(run, namespace_shim("tensorflow"))
        compare(ours, outcome(run, tf), GROUP, SAME_FORMULA, run.__name__)
