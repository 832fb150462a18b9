"""`RemoteMonitor`: sends the logs of each epoch to a server."""

import json
import sys
from urllib.parse import urlencode

import numpy as np

from minikeras.base.messages import warn
from minikeras.callbacks.callback import Callback

TIMEOUT = 10  # seconds; training must not hang because the server does


class RemoteMonitor(Callback):
    """Sends {"epoch": …, "loss": …, …} to a server after each epoch, by HTTP POST.

    Args:
        root: address of the server.
        path: path on the server.
        field: name of the form field for the JSON text, unless `send_as_json`.
        headers: additional HTTP headers, as a dict.
        send_as_json: whether to send the JSON text itself ("application/json") instead of a form.

    If the server does not answer, there is a warning, and training continues. If the program has imported `requests`,
    that library sends the values, as in Keras, with the program's settings; otherwise the standard library does.
    """

    def __init__(
        self, root="http://localhost:9000", path="/publish/epoch/end/", field="data", headers=None, send_as_json=False
    ):
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch, logs=None):
        values = {"epoch": epoch, **{name: _plain(value) for name, value in (logs or {}).items()}}
        requests = sys.modules.get("requests")
        try:
            if requests is None:
                self._send(values)
            elif self.send_as_json:
                requests.post(self.root + self.path, json=values, headers=self.headers)
            else:
                requests.post(self.root + self.path, {self.field: json.dumps(values)}, headers=self.headers)
        except OSError:  # the errors of urllib and of requests are of this kind
            warn(f"Could not reach RemoteMonitor root server at {self.root}, so its values are not sent.")

    def _send(self, values):
        message = json.dumps(values)
        if self.send_as_json:
            kind, body = "application/json", message
        else:
            kind, body = "application/x-www-form-urlencoded", urlencode({self.field: message})
        _post(self.root + self.path, body.encode(), {"Content-Type": kind, **(self.headers or {})})


def _post(address, body, headers):
    from urllib.request import Request, urlopen  # takes 10 ms, which `import minikeras` should not spend

    urlopen(Request(address, body, headers, method="POST"), timeout=TIMEOUT).close()


def _plain(value):
    """A value for JSON: NumPy's scalars and arrays of one element as numbers, other arrays as lists."""
    if not isinstance(value, (np.ndarray, np.generic)):
        return value
    return value.item() if value.size == 1 else value.tolist()
