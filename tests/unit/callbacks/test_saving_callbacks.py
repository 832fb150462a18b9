"""ModelCheckpoint and BackupAndRestore: what is written when, and what comes back."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.callbacks import BackupAndRestore, Callback, ModelCheckpoint
from minikeras.callbacks.batch_counter import BatchCounter
from minikeras.formats.unreadable import UnreadableFileError
from minikeras.utils.training_state import load_state, save_state

# Other steps of the two trainings are traced, by kernels that add in another order than those of plans.
ROUNDING = 1e-6
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 3)).astype("float32"), RNG.normal(size=(12, 1)).astype("float32")


def compiled(optimizer="adam", **arguments):
    keras.utils.clear_session(free_memory=False)  # weights are stored under paths, which begin with the model's name
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(8), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    )
    model.compile(optimizer, "mse", **arguments)
    return model


def fit(model, *callbacks, **arguments):
    arguments = {"epochs": 3, "batch_size": 3, "verbose": 0, "shuffle": False, "validation_data": (X, Y), **arguments}
    return model.fit(X, Y, callbacks=list(callbacks), **arguments)


# --- ModelCheckpoint -------------------------------------------------------------------------------------------------


def test_weights_as_numpy_arrays(tmp_path):
    model = compiled()
    fit(model, ModelCheckpoint(tmp_path / "a" / "{epoch:02d}.npz", save_weights_only=True))
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["01.npz", "02.npz", "03.npz"]
    other = compiled()
    other.load_weights(tmp_path / "a" / "03.npz")
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_only_the_best_weights_are_kept(tmp_path):
    losses = [3.0, 1.0, 2.0]

    class SayLoss(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["made_up"] = losses[epoch]
            weights.append(self.model.get_weights())

    weights, model = [], compiled()
    checkpoint = ModelCheckpoint(
        tmp_path / "best.npz", monitor="made_up", mode="min", save_best_only=True, save_weights_only=True
    )
    fit(model, SayLoss(), checkpoint)
    assert checkpoint.best == 1.0
    model.load_weights(tmp_path / "best.npz")
    np.testing.assert_array_equal(model.get_weights()[0], weights[1][0])


@pytest.mark.parametrize("ending, method", [("m.keras", "save"), ("m.weights.h5", "save_weights")])
def test_other_files_are_the_models_own_matter(tmp_path, ending, method):
    model, seen = compiled(), []
    setattr(model, method, lambda path, overwrite=None: seen.append((path, overwrite)))
    fit(model, ModelCheckpoint(tmp_path / ending, save_weights_only=method == "save_weights"), epochs=1)
    assert seen == [(str(tmp_path / ending), True)]


@pytest.mark.parametrize("frequency, names", [(3, ["1-3", "2-2", "3-1", "3-4"]), (4, ["1-4", "2-4", "3-4"])])
def test_saving_every_so_many_batches(tmp_path, frequency, names):
    path = tmp_path / "{epoch}-{batch}.npz"
    fit(compiled(), ModelCheckpoint(path, save_weights_only=True, save_freq=frequency, monitor="loss"))
    assert sorted(file.stem for file in tmp_path.iterdir()) == names


def test_batches_are_counted_in_groups():
    counter = BatchCounter(4)
    assert [counter.is_due(batch) for batch in (1, 3, 4, 1, 3)] == [False, True, False, False, True]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"filepath": "m.keras", "save_weights_only": True}, r"end in `\.weights\.h5`"),
        ({"filepath": "m.npz"}, r"end in '\.keras'"),
        ({"filepath": "m.keras", "save_freq": "often"}, "value of `save_freq`: 'often'"),
    ],
)
def test_refused_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ModelCheckpoint(**arguments)


def test_a_field_that_is_not_in_the_logs(tmp_path):
    with pytest.raises(KeyError, match=r"did not report: .*acc.*Reported"):
        fit(compiled(), ModelCheckpoint(tmp_path / "{acc}.npz", save_weights_only=True))


# --- BackupAndRestore ------------------------------------------------------------------------------------------------


class Fail(Callback):
    """Fails at a batch of an epoch."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.epoch, self.batch = epoch, batch

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.now, batch) == (self.epoch, self.batch):
            raise RuntimeError("power failure")


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_resumed_training_has_the_losses_of_an_uninterrupted_one(tmp_path, optimizer):
    def model():  # by the tape: with plans, the first steps after the restart are rounded as the first of all
        return compiled(optimizer, jit_compile=False)

    whole = fit(model(), epochs=6).history
    with pytest.raises(RuntimeError, match="power failure"):
        fit(model(), BackupAndRestore(tmp_path / "b"), Fail(4, 2), epochs=6)
    rest = fit(model(), BackupAndRestore(tmp_path / "b"), epochs=6)
    assert rest.epoch == [4, 5]
    assert rest.history["loss"] == whole["loss"][4:]
    assert rest.history["val_loss"] == whole["val_loss"][4:]
    assert not (tmp_path / "b").exists()


def test_a_finished_training_begins_anew():
    model = compiled()
    assert fit(model, epochs=2).epoch == [0, 1]
    assert fit(model, epochs=2).epoch == [0, 1]


def test_a_backup_that_was_cut_off_gives_way_to_the_one_before(tmp_path):
    callback = BackupAndRestore(tmp_path, double_checkpoint=True, delete_checkpoint=False)
    fit(compiled(), callback, epochs=3)
    (tmp_path / "latest.npz").write_bytes((tmp_path / "latest.npz").read_bytes()[:100])
    assert fit(compiled(), callback, epochs=4).epoch == [2, 3]


def test_saving_every_so_many_batches_repeats_the_epoch(tmp_path):
    callback = BackupAndRestore(tmp_path, save_freq=3)
    with pytest.raises(RuntimeError):
        fit(compiled(), callback, Fail(2, 0))
    assert fit(compiled(), BackupAndRestore(tmp_path, save_freq=3)).epoch == [1, 2]


def test_a_frequency_of_0_saves_after_each_batch(tmp_path):
    with pytest.raises(RuntimeError):
        fit(compiled(), BackupAndRestore(tmp_path, save_freq=0), Fail(0, 1))
    assert (tmp_path / "latest.npz").exists()


def test_a_model_must_be_built(tmp_path):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="must have them by then"):
        fit(model, BackupAndRestore(tmp_path))


@pytest.mark.parametrize(
    "arguments, message",
    [({"backup_dir": ""}, "Empty `backup_dir`"), ({"backup_dir": "x", "save_freq": 1.5}, "save_freq")],
)
def test_refused_backups(arguments, message):
    with pytest.raises(ValueError, match=message):
        BackupAndRestore(**arguments)


# --- files of weights ------------------------------------------------------------------------------------------------


def test_a_state_holds_weights_optimizer_and_progress(tmp_path):
    model = compiled()
    fit(model, epochs=1)
    save_state(model, tmp_path / "s.npz", epoch=7)
    before = [v.numpy() for v in [*model.variables, *model.optimizer.variables]]
    fit(model, epochs=1)
    assert load_state(model, tmp_path / "s.npz") == {"epoch": 7}
    for variable, value in zip([*model.variables, *model.optimizer.variables], before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def small(features):
    model = keras.Sequential([keras.Input((features,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(
    "other, message",
    [
        (lambda: compiled("sgd"), r"holds 4 variables, but this model and its optimizer have 7"),
        (lambda: small(4), r"shape \(3, 1\) .* expected \(4, 1\)"),
    ],
)
def test_states_that_do_not_fit_are_refused_and_change_nothing(tmp_path, other, message):
    path = tmp_path / "state.npz"
    model = small(3)
    model.optimizer.build(model.trainable_variables)
    save_state(model, path)
    model = other()
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        load_state(model, path)
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_pickles_are_not_read(tmp_path):
    path = tmp_path / "state.npz"
    save_state(small(3), path)
    with np.load(path) as stored:
        arrays = dict(stored)
    np.savez(path, **{**arrays, "model/0": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(UnreadableFileError, match="Python objects, which can run code"):
        load_state(small(3), path)


@pytest.mark.parametrize("frequency, failure, begins", [(3, (1, 3), (1, 2)), (4, (2, 1), (2, 0))])
def test_a_training_goes_on_within_an_epoch_where_wanted(tmp_path, frequency, failure, begins):
    def backup(folder):
        callback = BackupAndRestore(tmp_path / folder, save_freq=frequency)
        callback.goes_on_within_epochs = True
        return callback

    whole = compiled(metrics=["mae"])
    expected = fit(whole, backup("whole")).history
    with pytest.raises(RuntimeError, match="power failure"):
        fit(compiled(metrics=["mae"]), Fail(*failure), backup("cut"))
    model, seen = compiled(metrics=["mae"]), []
    watch = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: seen.append(batch))
    history = fit(model, backup("cut"), watch)
    assert (history.epoch[0], seen[0]) == begins  # of epochs with four batches; a backup at an end is of all of it
    for name, values in history.history.items():
        np.testing.assert_allclose(values, expected[name][begins[0] :], rtol=ROUNDING, err_msg=name)
    for one, two in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=ROUNDING, atol=ROUNDING)


def test_the_backup_of_the_last_group_of_batches_is_one_of_the_end_of_its_epoch(tmp_path):
    def start(folder, *callbacks):
        backup = BackupAndRestore(tmp_path / folder, save_freq=3)
        backup.goes_on_within_epochs = True
        # of an epoch's four batches the second group has one, but is numbered from 3 to 5
        return fit(compiled(metrics=["mae"], steps_per_execution=3), *callbacks, backup)

    expected = start("whole").history["mae"]
    with pytest.raises(RuntimeError, match="power failure"):
        start("cut", Fail(2, 0))
    history = start("cut")
    assert history.epoch == [2]
    np.testing.assert_allclose(history.history["mae"], expected[2:], rtol=ROUNDING)
