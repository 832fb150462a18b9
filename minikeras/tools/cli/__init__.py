"""The command line: `minikeras demo`, or `python -m minikeras demo`. Only the module of the command gets imported."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

COMMANDS = {
    "demo": "train a small convolutional network on handwritten digits and show what it learned",
    "run": "run a Keras script on minikeras, unmodified",
    "trace": "record training steps of a script with all their values, as one page",
    "compare": "run a script on TensorFlow and on minikeras, and show where the two runs diverge",
    "doctor": "run a script on minikeras, and report mistakes in how it trains its models",
    "bench": "time kernels and networks on both, and compare with the machine's peak",
    "inspect": "show what is in a model or weights file, without loading it",
    "diff": "compare two model or weights files",
    "learn": "write parts of Keras yourself: exercises, checked with hints",
    "cache": "show where compiled kernels are kept and how much space they take, or remove them",
}


def main(argv=None):
    """Run the command in `argv` (default: the program's arguments). Returns the exit status.

    Each command is a module of this package, with `add_arguments(parser)` and `run(arguments)`.
    """
    program = program_name()
    listed = "\n".join(f"  {name:10s}{summary}" for name, summary in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=program,
        usage=f"{program} COMMAND [options]",
        description=f"Keras in readable Python.\n\ncommands:\n{listed}",
        epilog=f"{program} COMMAND --help lists the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=Version, help="show versions, processor, threads and cache folder")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the above")
    parser.add_argument("options", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    module = import_module(f"minikeras.tools.cli.{given.command}")
    options = argparse.ArgumentParser(
        prog=f"{program} {given.command}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(options)
    return module.run(options.parse_args(given.options))


def program_name():
    """The command that was typed: "minikeras", the console script, or "python -m minikeras"."""
    return "minikeras" if Path(sys.argv[0]).stem == "minikeras" else "python -m minikeras"


class Version(argparse.Action):
    """The option `--version`: prints a report and ends the program."""

    def __init__(self, option_strings, dest, **kwargs):
        super().__init__(option_strings, dest, nargs=0, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        """Print the report."""
        from minikeras.tools.cli import version  # here: no other option needs it

        print(version.report())
        parser.exit()
