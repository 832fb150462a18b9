"""Run an unmodified Keras script on minikeras: its imports of tensorflow and keras resolve to minikeras.

As with plain Python, everything after the script's name belongs to the script.
"""

import argparse
import os
import sys

from minikeras import compat
from minikeras.base.tracebacks import leave_out_own_lines
from minikeras.collectives.job_folder import note_end_at_exit
from minikeras.collectives.launched import is_launched, launched_rank_and_size
from minikeras.distribution.strategies import train_on_all_processes
from minikeras.tools.cli import main_module, ranks
from minikeras.tools.cli.main_module import CannotRunError
from minikeras.tools.diagnosis.anomaly_detection import detect_anomaly

USAGE = """python -m minikeras run [-n PROCESSES] [--full-traceback] [--detect-anomaly] script.py [arguments]
       (or instead of the script: -m module, -c code, -, a folder, [--save FILE] notebook.ipynb)"""


def add_arguments(parser):
    """The arguments of `python -m minikeras run`."""
    parser.usage = USAGE
    parser.add_argument(
        "--full-traceback", action="store_true", help="after an error, show the lines inside minikeras as well"
    )
    parser.add_argument(
        "--detect-anomaly",
        action="store_true",
        help="stop at the first NaN or infinity in a loss, gradient or weight, and say which op produced it and why",
    )
    parser.add_argument(
        "-n",
        dest="processes",
        type=int,
        metavar="PROCESSES",
        help="train data-parallel in this many processes, with MPI",
    )
    parser.add_argument("--save", metavar="FILE", help="save the notebook with its outputs to this file")
    parser.add_argument("-m", dest="module", nargs=argparse.REMAINDER, help="a module, and its arguments")
    parser.add_argument("-c", dest="code", nargs=argparse.REMAINDER, help="Python code, and its arguments")
    parser.add_argument(
        "script", nargs="?", help="a Python file, a folder with a __main__.py, a notebook, or - (stdin)"
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed to the script in sys.argv")


def run(arguments):
    """Run the given script. Returns its exit status."""
    try:
        if arguments.script is not None and arguments.script.endswith(".ipynb"):
            return _run_notebook(arguments)
        if arguments.save:
            raise CannotRunError("`--save` takes notebooks.", 2)
        if arguments.processes is not None and not is_launched():
            return ranks.run_on_ranks(arguments.processes, _for_each_rank(arguments))
        compat.install()
        if not arguments.full_traceback:
            leave_out_own_lines("python -m minikeras run --full-traceback")
        train_on_all_processes()
        note_end_at_exit(launched_rank_and_size()[0])
        silence_other_ranks()
        if not arguments.detect_anomaly:
            return _run_as_main(arguments)
        with detect_anomaly():
            return _run_as_main(arguments)
    except CannotRunError as error:
        print(f"python -m minikeras run: {error}", file=sys.stderr)
        return error.status


def _for_each_rank(arguments):
    """The options of `run` for one process."""
    options = ["--full-traceback"] if arguments.full_traceback else []
    options += ["--detect-anomaly"] if arguments.detect_anomaly else []
    if arguments.module:
        return [*options, "-m", *arguments.module]
    if arguments.code:
        return [*options, "-c", *arguments.code]
    return [*options, *([arguments.script] if arguments.script is not None else []), *arguments.arguments]


def silence_other_ranks():
    """Let only rank 0 of several processes print; errors of all are shown."""
    if launched_rank_and_size()[0]:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  until the process ends


def _run_as_main(arguments):
    if arguments.module:
        return main_module.run_module(arguments.module[0], arguments.module[1:])
    if arguments.code:
        return main_module.run_code(arguments.code[0], arguments.code[1:])
    if arguments.script == "-":
        return main_module.run_standard_input(arguments.arguments)
    if arguments.script is not None:
        return main_module.run_file(arguments.script, arguments.arguments)
    raise CannotRunError(f"nothing to run.\nusage: {USAGE}", 2)


def _run_notebook(arguments):
    from minikeras.tools.cli import notebook  # scripts need nothing of it

    if arguments.arguments:
        raise CannotRunError(f"a notebook takes no arguments. Received: {arguments.arguments}", 2)
    if arguments.detect_anomaly:
        raise CannotRunError("`--detect-anomaly` takes scripts; in a notebook use fit(…, detect_anomaly=True).", 2)
    if arguments.processes is not None:
        raise CannotRunError("`-n` takes scripts; a notebook runs in one process.", 2)
    return notebook.run(arguments.script, save_as=arguments.save, full_traceback=arguments.full_traceback)
