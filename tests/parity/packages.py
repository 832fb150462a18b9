"""Packages from PyPI that build on Keras, run unmodified under `python -m minikeras run`; the results are a page.

    python -m tests.parity.packages ENVIRONMENT    # a folder for a virtual environment; rewrites docs/packages.md

The environment is made, if it is not there, and the packages are installed into it without their dependencies on
Keras and TensorFlow. Each package's own tests are run where it ships some, else a script in the manner of its README.
This is not part of the test suite: it needs the network and about eight minutes.
"""

import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "packages.md"
LONGEST = 240  # seconds for one package
DATA = "import numpy as np; import keras; x = np.random.rand(32, 6).astype('float32'); y = x.sum(1, keepdims=True)\n"
MODEL = DATA + "m = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, 'relu'), keras.layers.Dense(1)])\n"


class Package(NamedTuple):
    """A package and what is run of it: a program text, or paths of its tests after "tests:"."""

    name: str
    with_packages: str
    what: str
    program: str


PACKAGES = [
    Package("scikeras", "", "README: a regressor in scikit-learn's cross-validation", DATA + """
from scikeras.wrappers import KerasRegressor
from sklearn.model_selection import cross_val_score
def make():
    m = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1)])
    m.compile("adam", "mse"); return m
assert len(cross_val_score(KerasRegressor(make, epochs=2, verbose=0), x, y[:, 0], cv=3)) == 3
"""),
    Package("keras-tcn", "", "README: TCN trained on sequences, saved and loaded", DATA + """
from tcn import TCN
m = keras.Sequential([keras.Input((6, 1)), TCN(4, kernel_size=2, dilations=(1, 2)), keras.layers.Dense(1)])
m.compile("adam", "mse"); m.fit(x[..., None], y, epochs=2, verbose=0); m.save("m.keras")
p = keras.models.load_model("m.keras", custom_objects={"TCN": TCN}).predict(x[..., None], verbose=0)
assert np.allclose(p, m.predict(x[..., None], verbose=0), atol=1e-6)
"""),
    Package("keras-self-attention", "", "its own tests", "tests:keras-self-attention/tests"),
    Package("tf-keras-vis", "deprecated wrapt imageio", "its own tests: saliency, Grad-CAM, utilities",
            "tests:tf-keras-vis/tests/tf_keras_vis/utils tf-keras-vis/tests/tf_keras_vis/saliency_test.py "
            "tf-keras-vis/tests/tf_keras_vis/gradcam_test.py"),
    Package("kimm", "", "its own tests of layers, by `keras.src.testing`", "tests:kimm/kimm/_src/layers"),
    Package("livelossplot", "bokeh jinja2 tornado xyzservices", "README: the callback in `fit`", MODEL + """
from livelossplot import PlotLossesKeras
from livelossplot.outputs import ExtremaPrinter
m.compile("adam", "mse"); m.fit(x, y, epochs=2, verbose=0, callbacks=[PlotLossesKeras(outputs=[ExtremaPrinter()])])
"""),
    Package("visualkeras", "aggdraw", "README: a picture of a model's layers", """
import keras, visualkeras
m = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(2)])
assert visualkeras.layered_view(m).size[0] > 10 and visualkeras.graph_view(m).size[0] > 10
"""),
    Package("pygad", "cloudpickle", "README: weights found by a genetic algorithm", MODEL + """
import pygad, pygad.kerasga
ga = pygad.kerasga.KerasGA(model=m, num_solutions=4)
def fitness(instance, solution, index):
    return 1.0 / (abs(pygad.kerasga.predict(model=m, solution=solution, data=x) - y).mean() + 1e-6)
run = pygad.GA(num_generations=2, num_parents_mating=2, initial_population=ga.population_weights,
               fitness_func=fitness, suppress_warnings=True)
run.run(); assert run.best_solution()[1] > 0
"""),
    Package("shap", "slicer cloudpickle", "README: KernelExplainer and Permutation of a model", MODEL + """
import shap
explainer = shap.KernelExplainer(lambda a: m.predict(a, verbose=0)[:, 0], x[:8])
values = explainer.shap_values(x[:2], nsamples=20, silent=True)
assert values.shape == (2, 6)
assert shap.explainers.Permutation(lambda a: m.predict(a, verbose=0)[:, 0], x[:8])(x[:2], silent=True).shape == (2, 6)
"""),
    Package("bayesflow", "networkx seaborn sympy mpmath", "README: a coupling flow trained on a simulator", """
import numpy as np, bayesflow as bf
def prior(): return {"theta": np.random.normal(size=2)}
def observe(theta): return {"x": theta + 0.1 * np.random.normal(size=2)}
w = bf.BasicWorkflow(simulator=bf.make_simulator([prior, observe]), inference_variables=["theta"],
                     inference_conditions=["x"], inference_network=bf.networks.CouplingFlow(depth=2))
w.fit_online(epochs=1, batch_size=8, num_batches_per_epoch=2, verbose=0)
assert w.sample(num_samples=5, conditions={"x": np.zeros((1, 2))})["theta"].shape == (1, 5, 2)
"""),
    Package("keras-rs", "", "README: retrieval and cross layers", DATA + """
import keras_rs
m = keras.Sequential([keras.Input((6,)), keras_rs.layers.FeatureCross(), keras.layers.Dense(1)])
m.compile("adam", "mse"); m.fit(x, y, epochs=1, verbose=0)
scores, found = keras_rs.layers.BruteForceRetrieval(candidate_embeddings=keras.ops.convert_to_tensor(x), k=3)(x[:2])
assert found.shape == (2, 3)
"""),
    Package("keras-hub", "kagglehub kagglesdk regex sentencepiece tokenizers pyyaml", "a transformer of its layers", """
import numpy as np, keras, keras_hub
i = keras.Input((8,), dtype="int32")
h = keras_hub.layers.TokenAndPositionEmbedding(20, 8, 16)(i)
h = keras_hub.layers.TransformerEncoder(32, 2)(h)
m = keras.Model(i, keras.layers.Dense(1)(h[:, 0])); m.compile("adam", "mse")
m.fit(np.random.randint(0, 20, (16, 8)), np.zeros((16, 1)), epochs=2, verbose=0)
assert keras_hub.models.BertBackbone(20, 1, 2, 16, 32)(
    {n: np.ones((1, 4), "int32") for n in ("token_ids", "segment_ids", "padding_mask")}
)["pooled_output"].shape == (1, 16)
"""),
    Package("keras-tuner", "kt-legacy", "README: a random search", DATA + """
import keras_tuner
def make(hp):
    m = keras.Sequential([keras.Input((6,)), keras.layers.Dense(hp.Int("units", 2, 8)), keras.layers.Dense(1)])
    m.compile("adam", "mse"); return m
t = keras_tuner.RandomSearch(make, objective="val_loss", max_trials=2, directory="search", overwrite=True)
t.search(x, y, epochs=1, validation_split=0.25, verbose=0); assert t.get_best_hyperparameters()
"""),
    Package("autokeras", "kt-legacy dm-tree", "import, and a structured-data search", DATA + """
import autokeras
a = autokeras.AutoModel(autokeras.Input(), autokeras.RegressionHead(), max_trials=1, overwrite=True)
a.fit(x, y, epochs=1, verbose=0)
"""),
    Package("ncps", "", "README: closed-form continuous-time and liquid cells, saved and loaded", """
import numpy as np, keras
from ncps.keras import LTC, CfC
from ncps.wirings import AutoNCP
x = np.random.rand(16, 5, 2).astype("float32"); y = x.sum((1, 2))[:, None]
for cell in (CfC(8), LTC(AutoNCP(8, 1)), CfC(AutoNCP(8, 1))):
    m = keras.Sequential([keras.Input((5, 2)), cell, keras.layers.Dense(1)])
    m.compile("adam", "mse"); m.fit(x, y, epochs=2, verbose=0)
m.save("m.keras")
p = keras.models.load_model("m.keras").predict(x, verbose=0)
assert np.allclose(p, m.predict(x, verbose=0), atol=1e-5)
"""),
    Package("tf-explain", "", "README: six explanations of a convolutional network", """
import numpy as np, keras
from tf_explain.core.activations import ExtractActivations
from tf_explain.core.grad_cam import GradCAM
from tf_explain.core.integrated_gradients import IntegratedGradients
from tf_explain.core.occlusion_sensitivity import OcclusionSensitivity
from tf_explain.core.smoothgrad import SmoothGrad
from tf_explain.core.vanilla_gradients import VanillaGradients
m = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="c", activation="relu"),
                      keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])
x = np.random.rand(2, 8, 8, 3).astype("float32")
for explainer, options in ((GradCAM(), {"layer_name": "c"}), (OcclusionSensitivity(), {"patch_size": 4}),
                           (SmoothGrad(), {"num_samples": 2}), (VanillaGradients(), {}),
                           (IntegratedGradients(), {"n_steps": 3})):
    assert explainer.explain((x, None), m, class_index=1, **options).size
assert ExtractActivations().explain((x, None), m, layers_name=["c"]).size
"""),
    Package("focal-loss", "", "README: both losses in `fit`", DATA + """
from focal_loss import BinaryFocalLoss, SparseCategoricalFocalLoss
for units, activation, loss, labels in (
    (1, "sigmoid", BinaryFocalLoss(gamma=2), (y > 3).astype("float32")),
    (3, "softmax", SparseCategoricalFocalLoss(gamma=2), np.arange(32) % 3)):
    m = keras.Sequential([keras.Input((6,)), keras.layers.Dense(units, activation)])
    m.compile("adam", loss); m.fit(x, labels, epochs=2, verbose=0)
"""),
    Package("optuna-integration", "optuna colorlog alembic sqlalchemy mako greenlet", "README: trials that are pruned",
            DATA + """
import optuna
from optuna_integration import KerasPruningCallback
def objective(trial):
    m = keras.Sequential([keras.Input((6,)), keras.layers.Dense(trial.suggest_int("units", 1, 4)),
                          keras.layers.Dense(1)])
    m.compile(keras.optimizers.Adam(trial.suggest_float("lr", 1e-3, 1e-1, log=True)), "mse")
    pruning = KerasPruningCallback(trial, "val_loss")
    return m.fit(x, y, epochs=3, validation_split=0.2, verbose=0, callbacks=[pruning]).history["val_loss"][-1]
study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=1))
study.optimize(objective, 6); assert study.best_value >= 0
"""),
    Package("adversarial-robustness-toolbox", "", "README: a classifier trained and attacked", DATA + """
import tensorflow as tf
from art.attacks.evasion import FastGradientMethod
from art.estimators.classification import TensorFlowV2Classifier
m = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax")])
c = TensorFlowV2Classifier(model=m, nb_classes=3, input_shape=(6,), clip_values=(0, 1),
                           loss_object=tf.keras.losses.CategoricalCrossentropy(),
                           optimizer=tf.keras.optimizers.Adam())
c.fit(x, np.eye(3)[np.arange(32) % 3], nb_epochs=1)
assert np.isclose(abs(FastGradientMethod(c, eps=0.1).generate(x) - x).max(), 0.1)
"""),
    Package("tqdm", "", "README: `TqdmCallback`", MODEL + """
from tqdm.keras import TqdmCallback
m.compile("adam", "mse"); m.fit(x, y, epochs=2, verbose=0, callbacks=[TqdmCallback(verbose=2)])
"""),
    Package("kapre", "", "README: a spectrogram as layers of a model", """
import numpy as np, keras
from kapre import STFT, Magnitude, MagnitudeToDecibel
m = keras.Sequential([keras.Input((4000, 1)), STFT(n_fft=256, hop_length=128), Magnitude(), MagnitudeToDecibel(),
                      keras.layers.Flatten(), keras.layers.Dense(1)])
m.compile("adam", "mse"); m.fit(np.random.rand(4, 4000, 1), np.zeros((4, 1)), verbose=0)
"""),
    Package("keras-unet-collection", "", "README: two U-Nets, one with its Dice loss", """
import numpy as np
from keras_unet_collection import losses, models
m = models.unet_2d((32, 32, 3), [4, 8, 16], n_labels=2)
m.compile("adam", losses.dice); m.fit(np.random.rand(2, 32, 32, 3), np.zeros((2, 32, 32, 2)), verbose=0)
m = models.att_unet_2d((32, 32, 3), [4, 8, 16], n_labels=2)
assert m.predict(np.random.rand(1, 32, 32, 3), verbose=0).shape == (1, 32, 32, 2)
"""),
]  # fmt: skip


def environment(folder):
    """The Python of a virtual environment that sees this installation, with pip."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        here = [str(Path(__file__).parents[2]), *[p for p in sys.path if p.endswith("site-packages")]]
        site = next(folder.glob("lib/python*/site-packages"))
        (site / "zzz.pth").write_text("\n".join(here), encoding="utf-8")
    return python


def run(package, python, folder):
    """(version, outcome) of one package."""
    names = [package.name, *package.with_packages.split()]
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", *names], check=True)
    place = folder / "work" / package.name
    place.mkdir(parents=True, exist_ok=True)
    command = [python, "-m", "minikeras", "run"]
    if package.program.startswith("tests:"):
        own = folder / "with_tests" / package.name
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        target = ["--upgrade", "--target", own, package.name]
        subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", *target], **quiet)
        paths = [folder / "with_tests" / path for path in package.program.removeprefix("tests:").split()]
        command += ["-m", "pytest", "-q", "-p", "no:cacheprovider", *paths]
    else:
        (place / "script.py").write_text(package.program, encoding="utf-8")
        command += ["script.py"]
    try:
        done = subprocess.run(command, cwd=place, timeout=LONGEST, capture_output=True, text=True, check=False)
    except subprocess.TimeoutExpired:
        return _version(package, python), f"not finished after {LONGEST} s"
    return _version(package, python), _outcome(done, package.program.startswith("tests:"))


def _version(package, python):
    code = f"from importlib.metadata import version; print(version({package.name!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _outcome(done, is_tests):
    lines = (done.stdout + "\n" + done.stderr).strip().splitlines()
    counts = next(
        (found[0] for line in reversed(lines) if (found := re.search(r"\d+ (passed|failed).*(?= in )", line))), ""
    )
    if done.returncode == 0:
        return counts if is_tests else "runs"
    error = next((line for line in reversed(lines) if re.match(r"(E +)?\w+(Error|Exception)\b", line)), "")
    return f"{counts + ': ' if counts else ''}{re.sub('^E +', '', error)[:220]}".replace("|", "/")


def main(folder):
    """Run all packages and write the page."""
    folder = Path(folder).resolve()
    python = environment(folder)
    rows = []
    for package in PACKAGES:
        start = time.monotonic()
        found, outcome = run(package, python, folder)
        rows.append(f"| {package.name} | {found} | {package.what} | {outcome} |")
        print(f"{time.monotonic() - start:4.0f} s {rows[-1]}", flush=True)
    date = datetime.now(UTC).date()
    PAGE.write_text(TEXT.format(version=version("minikeras-numpy"), date=date, rows="\n".join(rows)), encoding="utf-8")


TEXT = """# Packages

Packages from PyPI that build on Keras, run unmodified under `python -m minikeras run`, without TensorFlow.
Written by `python -m tests.parity.packages FOLDER` on {date}, minikeras {version}.

| package | version | what was run | outcome |
| --- | --- | --- | --- |
{rows}

Two of these end with the same error as under Keras 3.15.1 on TensorFlow: `visualkeras` reads `output_shape`, which
layers of Keras 3 lack, and `autokeras` passes a NumPy integer to Dense as `units`. (Of the 204 tests inside
`autokeras`, without its integration tests and with made-up data in place of its download, the same seven fail as with
Keras: one passes such `units`, six ask for pretrained weights.)

`keract`, `deepctr`, `deel-lip`, `spektral` and `keras-cv-attention-models` were tried too. They fail with Keras 3.15.1
on TensorFlow, and here at the same point or earlier, because they use names of Keras 2 or of `tensorflow.python`.

`minikeras/compat/keras_src/` provides `keras.src`, from which some packages import. Its base classes of layers, such as
`BaseConv`, have the constructors of minikeras; functions whose names begin with an underscore, the classes of composed
ops and the file stores of `saving_lib` are missing.
"""

if __name__ == "__main__":
    main(sys.argv[1])
