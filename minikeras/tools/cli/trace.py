"""Record training steps of an unmodified Keras script, with all their values, and write them as one page.

It works with fit, train_on_batch, a train_step of your own and loops with a GradientTape. Functions that tf.function
would compile run line by line until the last step has been recorded; one line reports this. The script then continues
to its end, as it would without a recording; with `--stop` it ends there.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from minikeras import compat
from minikeras.tools.cli import main_module
from minikeras.tools.cli.compare.command import report_progress
from minikeras.tools.cli.compare.one_step import CompareError, compare_step, with_events
from minikeras.tools.cli.main_module import CannotRunError
from minikeras.tools.tracing import BUDGET, StepWatcher, Trace, require_writable

USAGE = "python -m minikeras trace [--steps 0,1,100] [--stop] [--html FILE] script.py [arguments]"


def add_arguments(parser):
    """The arguments of `python -m minikeras trace`."""
    parser.usage = USAGE
    parser.add_argument(
        "--steps", default="0", metavar="N,N,…", help="numbers of the steps, counted from 0 (default: 0)"
    )
    parser.add_argument("--html", metavar="FILE", default="trace.html", help="the page to write (default: trace.html)")
    parser.add_argument(
        "--budget",
        type=float,
        default=BUDGET / 1e6,
        metavar="MB",
        help="how many megabytes of arrays to keep (default: 50)",
    )
    parser.add_argument(
        "--machine", action="store_true", help="add the kernels' LLVM and machine code, and the machine's peaks"
    )
    parser.add_argument(
        "--compare", action="store_true", help="run the script on TensorFlow as well, and compare the first step"
    )
    parser.add_argument(
        "--input-gradients",
        action="store_true",
        help="compute d loss / d input too, in steps of fit and train_on_batch",
    )
    parser.add_argument(
        "--stop",
        action="store_true",
        help="end the script when the last step is recorded; otherwise it runs to its end",
    )
    parser.add_argument("--eager", action="store_true", help="run the whole script op by op, including fit")
    parser.add_argument("script", help="the script to run")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed to the script in sys.argv")


def run(arguments):
    """Run the script, write the page. Returns the script's exit status, or 1 if no step was recorded."""
    try:
        steps = _numbers(arguments.steps)
        trace = Trace()
        when_done = _end_script if arguments.stop else _say_that_it_goes_on
        watcher = StepWatcher(steps, _bytes(arguments.budget), trace, arguments.input_gradients, when_done)
        require_writable(arguments.html, "--html")
    except ValueError as error:
        print(f"python -m minikeras trace: {error}", file=sys.stderr)
        return 2
    comparison = _comparison(arguments, min(steps)) if arguments.compare else {}
    try:
        status = _run_watched(arguments, watcher)
    except KeyboardInterrupt:  # of a long training, whose first steps have been recorded
        if trace.steps:
            _write(trace, arguments, comparison)
        raise
    except CannotRunError as error:
        print(f"python -m minikeras trace: {error}", file=sys.stderr)
        return error.status
    if not trace.steps:
        print(
            f"python -m minikeras trace: no step with a number of {arguments.steps} was seen; the script ran "
            f"{watcher.number} steps.",
            file=sys.stderr,
        )
        return status or 1
    _write(trace, arguments, comparison)
    unseen = sorted({*steps} - {step.number for step in trace.steps})
    if unseen:
        numbers = ", ".join(map(str, unseen))
        print(f"Not seen: steps {numbers}; the script ran {watcher.number} steps.", file=sys.stderr)
    return status


def _numbers(text):
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise ValueError(f"`--steps` takes numbers of steps such as 0,1,100. Received: {text!r}") from None


def _bytes(megabytes):
    if not 0 <= megabytes < float("inf"):
        raise ValueError(f"`--budget` takes megabytes, 0 or more. Received: {megabytes}")
    return megabytes * 1e6


def _end_script():
    raise ScriptEndedError


def _say_that_it_goes_on():
    print("All requested steps are recorded; the script runs to its end (--stop would end it here).", file=sys.stderr)


class ScriptEndedError(SystemExit):
    """Ends the script after the last recorded step; its `finally` and `atexit` run, `except Exception` does not."""


def _write(trace, arguments, comparison):
    text = trace.to_html(machine=arguments.machine, title=arguments.script, **_beside(comparison, trace))
    path = Path(arguments.html)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:  # a full disk, or a folder that the script has removed: the recording is not lost
        print(f"python -m minikeras trace: {path} could not be written: {error.strerror}.", file=sys.stderr)
        path = Path(tempfile.mkdtemp(prefix="minikeras_trace_"), "trace.html")
        path.write_text(text, encoding="utf-8")
    print(f"{trace!r}\nwritten to {path}", file=sys.stderr)


def _run_watched(arguments, watcher):
    compat.install()
    watcher.begin(arguments.eager)
    try:
        return main_module.run_file(arguments.script, arguments.arguments)
    except ScriptEndedError:
        return 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        watcher.finish()


def _comparison(arguments, step):
    try:
        return {
            "comparison": compare_step(
                arguments.script, arguments.arguments, step, report_progress=report_progress, ends=arguments.stop
            )
        }
    except CompareError as error:
        print(f"python -m minikeras trace: {error}", file=sys.stderr)
        return {}
    finally:
        report_progress("")


def _beside(comparison, trace):
    """The comparison with the events of the recorded step that its ops are."""
    return {name: with_events(found, trace.step()) for name, found in comparison.items()}
