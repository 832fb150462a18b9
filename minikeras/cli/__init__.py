"""The command line: `python -m minikeras demo`. Only the module of the command that is given gets imported."""

import argparse
from importlib import import_module

PROGRAM = "python -m minikeras"
COMMANDS = {
    "demo": "train a small convolutional network on handwritten digits and show what it learned",
    "run": "run a Keras script on minikeras, unmodified",
    "compare": "run a script on TensorFlow and on minikeras, and show where the two runs part",
    "bench": "time kernels and networks on both, and against what the machine can do",
}


def main(argv=None):
    """Run the command in `argv` (default: the program's arguments). Returns the exit status.

    Each command is a module of this package, with `add_arguments(parser)` and `run(arguments)`.
    """
    listed = "\n".join(f"  {name:10s}{summary}" for name, summary in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} COMMAND [options]",
        description=f"Keras in Python, made to be read.\n\ncommands:\n{listed}",
        epilog=f"{PROGRAM} COMMAND --help lists the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the above")
    parser.add_argument("options", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    module = import_module(f"minikeras.cli.{given.command}")
    options = argparse.ArgumentParser(prog=f"{PROGRAM} {given.command}", description=module.__doc__)
    module.add_arguments(options)
    return module.run(options.parse_args(given.options))
