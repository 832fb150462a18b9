"""A server for the files of a folder, on this machine and a free port."""

import functools
import http.server
import threading
from contextlib import contextmanager

from tests.waiting import join

# With these two, a page may share memory with its worker, by which Python is interrupted and keeps its variables.
ISOLATING = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}


class Files(http.server.SimpleHTTPRequestHandler):
    """Files, with the headers of a page that is isolated from others if its path says so."""

    headers_of_all = {}

    def log_message(self, *arguments):
        """Nothing is logged."""

    def end_headers(self):
        """Add the server's headers."""
        for name, value in self.headers_of_all.items():
            self.send_header(name, value)
        super().end_headers()


@contextmanager
def served(folder, headers=None):
    """The address at which the folder's files are served within the context."""
    handler = type("Handler", (Files,), {"headers_of_all": headers or {}})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        join(thread)
