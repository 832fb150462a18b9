"""A web server of the test's own that serves one file, and can stop in the middle of it until the test goes on."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.waiting import DEADLINE

CONTENT = bytes(range(256)) * 1024


class FileServer(ThreadingHTTPServer):
    """Serves `content` under every path.

    Attributes:
        ranges: the ranges of bytes that were asked for, None for a whole file.
        pauses: whether each whole download stops in the middle until `go_on` is set; `paused` is set then.
        length, mark: what the headers Content-Length and ETag say; None leaves them out.
    """

    daemon_threads = True

    def __init__(self, content=CONTENT):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.ranges, self.mark = content, [], '"v1"'
        self.length = str(len(content))
        self.pauses, self.paused, self.go_on = False, threading.Event(), threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}")
        if server.length is not None:
            self.send_header("Content-Length", str(len(server.content) - start) if start else server.length)
        if server.mark is not None:
            self.send_header("ETag", server.mark)
        self.end_headers()
        half = len(server.content) // 2
        if server.pauses and not start:
            self.wfile.write(server.content[:half])
            self.wfile.flush()
            server.paused.set()
            server.go_on.wait(DEADLINE)
            start = half
        self.wfile.write(server.content[start:])

    def log_message(self, *args):
        """Keep the test's output clean."""

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, BrokenPipeError):
            """The client was killed, as some tests do."""


@contextmanager
def serving(content=CONTENT):
    """A FileServer that runs."""
    with FileServer(content) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.go_on.set()
            server.shutdown()
            thread.join(DEADLINE)
