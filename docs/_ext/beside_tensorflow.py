"""The cells of a museum page on real tf.keras: one process imports TensorFlow once for the whole site.

While the site is built, `docs/museum/beside.py`, which runs in the pages' processes, sends it the cells as scripts,
over a socket whose address stands in the environment.
"""

import importlib.util
import os
import tempfile
import threading
from contextlib import suppress
from multiprocessing.connection import Listener
from pathlib import Path

from tests.backend_server import BackendServer

ADDRESS = "MINIKERAS_DOCS_TENSORFLOW"
TIMEOUT = 120  # seconds for a script


class ScriptService:
    """Answers requests (text of a script) with what it prints, one after the other, in a thread."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.server = BackendServer("tensorflow")
        self.listener = Listener(os.path.join(self.folder.name, "socket"), "AF_UNIX")
        threading.Thread(target=self.answer_all, daemon=True).start()

    def answer_all(self):
        """Until the listener is closed."""
        while True:
            try:
                connection = self.listener.accept()
            except OSError:
                return
            with connection, suppress(EOFError, ConnectionError):
                connection.send(self.answer(connection.recv()))

    def answer(self, script):
        """(exit status, standard output, the end of standard error)."""
        path = Path(self.folder.name, "cell.py")
        path.write_text(script, encoding="utf-8")
        done = self.server.run([path], TIMEOUT)
        return done.returncode, done.stdout.decode(), done.stderr.decode()[-4000:]

    def close(self):
        """End the process."""
        self.listener.close()
        self.server.close()
        self.folder.cleanup()


def start(app):
    """Serve this build, where TensorFlow is installed."""
    if hasattr(os, "fork") and importlib.util.find_spec("tensorflow") and importlib.util.find_spec("keras"):
        service = app.tensorflow_beside = ScriptService()
        os.environ[ADDRESS] = service.listener.address


def stop(app, error):
    """End it with the build."""
    service = getattr(app, "tensorflow_beside", None)
    if service:
        os.environ.pop(ADDRESS, None)
        service.close()


def setup(app):
    """Register with Sphinx."""
    app.connect("builder-inited", start)
    app.connect("build-finished", stop)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
