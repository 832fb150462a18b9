"""A small client of the Debug Adapter Protocol, which VS Code speaks with debugpy.

https://microsoft.github.io/debug-adapter-protocol/specification: messages are JSON with a header that gives the length;
requests have a number, which the response repeats; events come at any time.
"""

import json
import socket

SECONDS = 90
"""How long one message may take."""


class Client:
    """A debugger that is attached to a program that called `debugpy.listen(address)`.

    Args:
        address: (host, port).
        file, line: where the first breakpoint is.
        log: see `set_breakpoint`.
    """

    def __init__(self, address, file, line, log=None):
        self._socket = socket.create_connection(address, timeout=SECONDS)
        self._stream = self._socket.makefile("rwb")
        self._number = 0
        self._events = []
        try:
            self._attach(file, line, log)
        except BaseException:
            self.close()
            raise

    def _attach(self, file, line, log):
        self.request("initialize", clientID="test", adapterID="debugpy", pathFormat="path", linesStartAt1=True)
        attached = self._send("attach", justMyCode=False)
        self.event("initialized")
        self.set_breakpoint(file, line, log)
        self.request("configurationDone")
        self._response(attached)

    def set_breakpoint(self, file, line, log=None):
        """Let the program stop at a line of a file (None: nowhere), and at no other line of it.

        With `log` it does not stop but sends that text, expressions in braces replaced by their values: see `logged`.
        """
        points = [] if line is None else [{"line": line, **({"logMessage": log} if log else {})}]
        body = self.request("setBreakpoints", source={"path": file}, breakpoints=points)
        assert all(point["verified"] for point in body["breakpoints"]), body

    def next_stop(self):
        """The number of the thread that has stopped at a breakpoint; None if the program has ended instead."""
        event = self.event("stopped", "terminated")
        return event["body"]["threadId"] if event["event"] == "stopped" else None

    def logged(self):
        """The texts that breakpoints have sent; waits for the end of the program."""
        self.event("terminated")
        outputs = [event["body"] for event in self._events if event["event"] == "output"]
        return [body["output"].rstrip() for body in outputs if body.get("category") != "telemetry"]

    def go_on(self, thread):
        """Let a stopped thread continue."""
        self.request("continue", threadId=thread)

    def frames(self, thread):
        """The names of the functions in which a thread is stopped, the innermost first."""
        return [frame["name"] for frame in self._stack(thread)]

    def evaluate(self, thread, expression):
        """The text of an expression's value, in the innermost frame of a stopped thread."""
        frame = self._stack(thread)[0]["id"]
        return self.request("evaluate", expression=expression, frameId=frame, context="repl")["result"]

    def _stack(self, thread):
        return self.request("stackTrace", threadId=thread)["stackFrames"]

    def close(self):
        """Close the connection."""
        self._stream.close()
        self._socket.close()

    # --- messages -------------------------------------------------------------------------------------------------

    def request(self, command, **arguments):
        """The body of the response to a request."""
        return self._response(self._send(command, **arguments))

    def event(self, *names):
        """The next event of one of these names."""
        while True:
            for event in self._events:
                if event["event"] in names:
                    self._events.remove(event)
                    return event
            self._keep_event(self._receive())

    def _send(self, command, **arguments):
        self._number += 1
        message = {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        content = json.dumps(message).encode()
        self._stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self._stream.flush()
        return self._number

    def _response(self, number):
        while True:
            message = self._receive()
            if message["type"] == "response" and message["request_seq"] == number:
                assert message["success"], message
                return message.get("body")
            self._keep_event(message)

    def _keep_event(self, message):
        if message["type"] == "event":
            self._events.append(message)

    def _receive(self):
        length = None
        while (line := self._stream.readline()) != b"\r\n":
            assert line, "the debugger has closed the connection"
            name, _, value = line.decode().partition(":")
            length = int(value) if name == "Content-Length" else length
        return json.loads(self._stream.read(length))
