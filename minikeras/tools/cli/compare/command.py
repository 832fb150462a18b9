"""The command `python -m minikeras compare`: its arguments and its output."""

import sys
from pathlib import Path

from minikeras.tools.cli.compare.as_json import as_json
from minikeras.tools.cli.compare.comparing import METRIC_TOLERANCE, TOLERANCE, CompareError, compare_script
from minikeras.tools.cli.compare.comparison import FAILED
from minikeras.tools.cli.compare.page import as_html
from minikeras.tools.cli.compare.table import print_report

INTERRUPTED = 130  # the exit status of programs that Ctrl-C has ended


def add_arguments(parser):
    """The arguments of `python -m minikeras compare`."""
    parser.usage = "%(prog)s [options] SCRIPT [arguments of the script]\n       %(prog)s [options] NOTEBOOK.ipynb"
    parser.add_argument("script", help="the script or notebook to run on both backends")
    parser.add_argument("arguments", nargs="...", help="the script's own arguments")
    parser.add_argument(
        "--seed", type=int, default=0, help="set before the script starts (default: 0); the script may set another"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=TOLERANCE,
        help=f"relative deviation up to which losses, weights and outputs agree (default: {TOLERANCE:g}; rounding "
        "grows to a tenth of that in a few hundred steps)",
    )
    parser.add_argument(
        "--metric-tolerance",
        type=float,
        default=METRIC_TOLERANCE,
        help=f"the same for metrics that count samples, such as accuracy (default: {METRIC_TOLERANCE:g})",
    )
    parser.add_argument("--copy-weights", action="store_true", help="start minikeras from TensorFlow's initial weights")
    parser.add_argument(
        "--float64",
        action="store_true",
        help="run the step in which the deviation grows most again in float64, even if the runs agree",
    )
    parser.add_argument("--times", action="store_true", help="measure times in two more runs without observing them")
    parser.add_argument("--timeout", type=float, help="seconds for each run (default: no limit)")
    parser.add_argument("--html", metavar="FILE", help="write a report with curves, a single file that works offline")
    parser.add_argument("--json", metavar="FILE", help="write all numbers; - for standard output instead of the table")
    parser.add_argument(
        "--show-output", action="store_true", help="show what the scripts printed (always shown for a side that fails)"
    )


def run(arguments):
    """Compare, report. Returns the exit status.

    0 the runs agree, 1 they differ, 2 a side failed or nothing could be compared, 130 after Ctrl-C.
    """
    try:
        comparison = compare_script(
            arguments.script,
            arguments.arguments,
            seed=arguments.seed,
            tolerance=arguments.tolerance,
            metric_tolerance=arguments.metric_tolerance,
            copy_weights=arguments.copy_weights,
            in_float64="always" if arguments.float64 else True,
            measure_times=arguments.times,
            timeout=arguments.timeout,
            report_progress=report_progress,
        )
    except CompareError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return INTERRUPTED
    finally:
        report_progress("")
    if arguments.json == "-":
        print(as_json(comparison))
    else:
        print_report(comparison, show_output=arguments.show_output)
    _write_files(comparison, arguments)
    return comparison.exit_status


def report_progress(text):
    """Show the progress, in one line that the next replaces, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def _write_files(comparison, arguments):
    if arguments.json and arguments.json != "-":
        Path(arguments.json).write_text(as_json(comparison) + "\n", encoding="utf-8")
    if arguments.html:
        Path(arguments.html).write_text(as_html(comparison), encoding="utf-8")
