"""CSVLogger, TerminateOnNaN, SwapEMAWeights, RemoteMonitor."""

import http.server
import json
import sys
import threading
import types
from urllib.parse import parse_qs

import numpy as np
import pytest

import minikeras as keras
from minikeras.callbacks import CSVLogger, LambdaCallback, RemoteMonitor, SwapEMAWeights, TerminateOnNaN
from tests.waiting import join

X, Y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")


def compiled(optimizer="sgd"):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer, "mse")
    return model


# --- CSVLogger -------------------------------------------------------------------------------------------------------


def test_one_line_for_each_epoch(tmp_path):
    path = tmp_path / "log.csv"
    history = compiled().fit(X, Y, epochs=2, verbose=0, validation_split=0.5, callbacks=[CSVLogger(path)]).history
    lines = path.read_bytes().decode().split("\r\n")
    assert lines[0] == "epoch,loss,val_loss"
    assert lines[2] == f"1,{history['loss'][1]},{history['val_loss'][1]}"
    assert lines[3:] == [""]


def test_appending_and_overwriting(tmp_path):
    path = tmp_path / "log.csv"
    for append, lines in ((False, 2), (True, 3), (True, 4), (False, 2)):
        compiled().fit(X, Y, verbose=0, callbacks=[CSVLogger(path, separator=";", append=append)])
        text = path.read_text()
        assert len(text.splitlines()) == lines
        assert text.count("epoch;loss;val_loss") == 1


def test_values_that_are_missing_or_are_lists(tmp_path):
    path = tmp_path / "log.csv"
    change = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(odd=[1, 2]) if epoch == 0 else logs.clear())
    compiled().fit(X, Y, epochs=2, verbose=0, callbacks=[change, CSVLogger(path)])
    lines = path.read_text().splitlines()
    assert lines[0] == "epoch,loss,odd,val_loss,val_odd"
    assert lines[1].endswith(',"""[1, 2]""",NA,NA')
    assert lines[2] == "1,NA,NA,NA,NA"


# --- TerminateOnNaN --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss, stops", [(1.0, False), (None, False), (float("nan"), True), (np.float32("inf"), True)])
def test_a_loss_that_is_no_number_ends_the_training(loss, stops, capsys):
    callback, model = TerminateOnNaN(), compiled()
    callback.set_model(model)
    callback.on_batch_end(3, {"loss": loss})
    assert model.stop_training == stops
    assert capsys.readouterr().out == ("Batch 3: Invalid loss, terminating training\n" if stops else "")


def test_it_can_raise_an_error():
    with pytest.raises(RuntimeError, match="at batch 3, whose loss is nan"):
        TerminateOnNaN(raise_error=True).on_batch_end(3, {"loss": float("nan")})


# --- SwapEMAWeights --------------------------------------------------------------------------------------------------


def kernel(model):
    return float(model.get_weights()[0][0, 0])


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_evaluation_sees_the_averages_and_training_does_not(swap_on_epoch):
    seen = {"train": [], "test": [], "epoch end": []}
    model = compiled(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    average = lambda: float(model.optimizer._model_variables_moving_average[0].numpy()[0, 0])  # noqa: E731
    look = LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen["train"].append((kernel(model), average())),
        on_test_begin=lambda logs: seen["test"].append((average(), kernel(model))),
        on_epoch_end=lambda epoch, logs: seen["epoch end"].append(kernel(model)),
    )
    swap = SwapEMAWeights(swap_on_epoch)
    model.fit(X, Y, epochs=3, verbose=0, validation_data=(X, Y), callbacks=[swap, look])
    assert seen["train"] == seen["test"]
    assert seen["train"][1][0] != seen["train"][1][1]
    assert seen["epoch end"] == [pair[1 if swap_on_epoch else 0] for pair in seen["train"]]
    assert kernel(model) == seen["train"][-1][1]


@pytest.mark.parametrize(
    "optimizer, message", [("sgd", "use_ema=True"), (keras.optimizers.SGD(use_ema=True), "no averages yet")]
)
def test_an_optimizer_without_averages_is_refused(optimizer, message):
    with pytest.raises(ValueError, match=message):
        compiled(optimizer).evaluate(X, Y, verbose=0, callbacks=[SwapEMAWeights()])


# --- RemoteMonitor ---------------------------------------------------------------------------------------------------


@pytest.fixture
def server():
    """A server of our own and the list of (path, content type, extra header, body) that it received."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((self.path, self.headers["Content-Type"], self.headers["X-Extra"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()
        join(thread)


@pytest.mark.parametrize("send_as_json", [False, True])
def test_logs_are_sent_after_each_epoch(server, send_as_json):
    root, received = server
    more = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(number=np.float32(2.5), array=np.arange(2)))
    monitor = RemoteMonitor(root, path="/here", field="f", headers={"X-Extra": "yes"}, send_as_json=send_as_json)
    history = compiled().fit(X, Y, epochs=2, verbose=0, callbacks=[more, monitor])
    assert len(received) == 2
    path, kind, extra, body = received[1]
    message = json.loads(body if send_as_json else parse_qs(body)["f"][0])
    assert message == {"epoch": 1, "loss": history.history["loss"][1], "number": 2.5, "array": [0, 1]}
    assert (path, extra) == ("/here", "yes")
    assert kind == ("application/json" if send_as_json else "application/x-www-form-urlencoded")


@pytest.mark.parametrize("send_as_json", [False, True])
def test_requests_sends_the_logs_if_the_program_has_imported_it(monkeypatch, send_as_json):
    calls = []
    library = types.SimpleNamespace(post=lambda *args, **kwargs: calls.append((args, kwargs)))
    monkeypatch.setitem(sys.modules, "requests", library)
    RemoteMonitor("http://x", "/p", headers={"A": "b"}, send_as_json=send_as_json).on_epoch_end(3, {"loss": 0.5})
    values, headers = {"epoch": 3, "loss": 0.5}, {"headers": {"A": "b"}}
    expected = (("http://x/p",), {"json": values, **headers}), (("http://x/p", {"data": json.dumps(values)}), headers)
    assert calls == [expected[0] if send_as_json else expected[1]]


def test_a_server_that_is_not_there_is_reported_and_training_goes_on():
    with pytest.warns(UserWarning, match=r"Could not reach .* at http://127\.0\.0\.1:9"):
        history = compiled().fit(X, Y, epochs=1, verbose=0, callbacks=[RemoteMonitor("http://127.0.0.1:9")])
    assert history.epoch == [0]
