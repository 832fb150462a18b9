"""Callback and CallbackList: which hook is called when, with what, and which are not called at all."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.callbacks import Callback, CallbackList, EarlyStopping, History, LambdaCallback, ProgbarLogger

X, Y = np.ones((10, 3), "float32"), np.ones((10, 1), "float32")
HOOKS = [name for name in dir(Callback) if name.startswith("on_")]


def compiled():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def noting(hooks, seen):
    """A callback that notes the calls of some hooks."""

    class Noting(Callback):
        pass

    for hook in hooks:
        setattr(Noting, hook, lambda self, *args, hook=hook, **kwargs: seen.append((hook, *args, *kwargs.values())))
    return Noting()


def test_the_order_within_fit():
    seen = []
    callback = noting(HOOKS, seen)
    compiled().fit(X, Y, batch_size=4, validation_split=0.2, epochs=1, verbose=0, callbacks=[callback])
    assert [note[0] for note in seen] == [
        "on_train_begin",
        "on_epoch_begin",
        *["on_train_batch_begin", "on_train_batch_end"] * 2,
        "on_test_begin",
        "on_test_batch_begin",
        "on_test_batch_end",
        "on_test_end",
        "on_epoch_end",
        "on_train_end",
    ]
    assert callback.params == {"verbose": 0, "epochs": 1, "steps": 2}
    assert sorted(seen[-1][-1]) == ["loss", "mae", "val_loss", "val_mae"]


def test_evaluate_and_predict_call_their_own_hooks():
    seen = []
    callback, model = noting(HOOKS, seen), compiled()
    model.evaluate(X, Y, verbose=0, callbacks=[callback])
    model.predict(X, verbose=0, callbacks=[callback])
    hooks = ["begin", "batch_begin", "batch_end", "end"]
    assert [note[0] for note in seen] == [f"on_{kind}_{hook}" for kind in ("test", "predict") for hook in hooks]
    assert seen[-2][-1]["outputs"].shape == (10, 1)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_reaches_every_callback(hook):
    seen = []
    callbacks = CallbackList([noting([hook], seen), [noting([hook], seen)]])
    arguments = (7,) if "batch" in hook or "epoch" in hook else ()
    getattr(callbacks, hook)(*arguments)
    getattr(callbacks, hook)(*arguments, {"loss": 1.0})
    assert seen == [(hook, *arguments, {})] * 2 + [(hook, *arguments, {"loss": 1.0})] * 2


@pytest.mark.parametrize(
    "other, name", [("on_batch_begin", "on_train_batch_begin"), ("on_batch_end", "on_train_batch_end")]
)
def test_the_short_names_of_batch_hooks_work(other, name):
    seen = []
    callbacks = CallbackList([noting([other], seen)])
    getattr(callbacks, name)(3, {"loss": 1.0})
    assert seen == [(other, 3, {"loss": 1.0})]


def test_hooks_of_batches_that_nobody_defines_cost_nothing():
    class Idle(Callback):
        def on_epoch_end(self, epoch, logs=None):
            pass

    callbacks = CallbackList([Idle(), LambdaCallback(on_epoch_end=print)])
    assert not any(callbacks._batch_hooks.values())
    assert not callbacks.wants_logs("train")
    assert not callbacks.wants_logs("test")
    callbacks.append(noting(["on_batch_end", "on_test_batch_end"], []))
    assert callbacks.wants_logs("train")
    assert callbacks.wants_logs("test")


def test_a_hook_defined_late_is_found_when_training_begins():
    seen, callback = [], Callback()
    callbacks = CallbackList([callback])
    callback.on_train_batch_end = lambda batch, logs=None: seen.append(batch)
    callbacks.on_train_batch_end(0)
    callbacks.on_train_begin()
    callbacks.on_train_batch_end(1)
    assert seen == [1]


def test_history_and_progress_bar_are_added_unless_they_are_there():
    kinds = [type(callback) for callback in CallbackList(add_history=True, add_progbar=True).callbacks]
    assert kinds == [History, ProgbarLogger]
    own = [ProgbarLogger(), History()]
    assert CallbackList(own, add_history=True, add_progbar=True).callbacks == own
    assert CallbackList().callbacks == []


def test_model_and_params_reach_every_callback():
    class Model:
        pass

    model, callbacks = Model(), [Callback(), History()]
    CallbackList(callbacks, model=model, epochs=3, steps=2)
    assert all(callback.model is model and callback.params == {"epochs": 3, "steps": 2} for callback in callbacks)
    assert model.history is callbacks[1]


@pytest.mark.parametrize(
    "wrong, message", [(EarlyStopping, r"Did you mean `EarlyStopping\(\)`"), (print, "A function can be wrapped")]
)
def test_what_is_no_callback_is_refused(wrong, message):
    with pytest.raises(TypeError, match=message):
        CallbackList([wrong])
    with pytest.raises(TypeError, match=message):
        CallbackList().append(wrong)


def test_a_callback_may_change_the_logs_and_stop_the_training():
    class Stop(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["mine"] = 2.0 * epoch
            self.model.stop_training = epoch == 1

    history = compiled().fit(X, Y, epochs=5, verbose=0, callbacks=[Stop()])
    assert history.history["mine"] == [0.0, 2.0]
    assert history.epoch == [0, 1]


def test_stopping_within_an_epoch_ends_it_with_validation():
    stop = LambdaCallback(on_train_batch_end=lambda batch, logs: setattr(stop.model, "stop_training", True))
    seen = []
    history = compiled().fit(
        X, Y, batch_size=1, epochs=3, validation_data=(X, Y), verbose=0,
        callbacks=[stop, noting(["on_train_batch_end"], seen)],
    )  # fmt: skip
    assert len(seen) == 1
    assert len(history.history["val_loss"]) == 1
