"""Write parts of Keras yourself, and have them checked: exercises, with hints that name the property that fails.

    minikeras learn                      lists the exercises, and which ones you have solved
    minikeras learn dense                explains one, and writes learn_dense.py for you to complete
    minikeras learn check dense FILE     checks your file (default: learn_dense.py), against tf.keras too if installed

Your file is run as if it were imported: check only files whose code you would run.
"""

import runpy
import sys
import traceback
from pathlib import Path

import minikeras
from minikeras.tools import learn
from minikeras.tools.learn import beside_keras, checking, progress

CHECK = "check"


def add_arguments(parser):
    """The arguments of `minikeras learn`."""
    parser.add_argument(
        "words", nargs="*", metavar="[check] EXERCISE [FILE]", help="without any, the exercises are listed"
    )
    parser.add_argument("--no-tensorflow", action="store_true", help="compare only with minikeras, which is faster")


def run(arguments):
    """List, explain or check. Returns the exit status: 1 for a wrong file, 2 for wrong words."""
    words = list(arguments.words)
    if not words:
        print(listing())
        return 0
    checks = words[0] == CHECK
    rest = words[1:] if checks else words
    if not rest or len(rest) > 2 or (not checks and len(rest) > 1):
        return _refuse("Expected: learn, learn EXERCISE, or learn check EXERCISE [FILE].")
    try:
        exercise = learn.load(rest[0])
    except KeyError:
        return _refuse(f"There is no exercise {rest[0]!r}. There are: {', '.join(learn.EXERCISES)}.")
    file = Path(rest[1] if len(rest) > 1 else f"learn_{exercise.name}.py")
    return check(exercise, file, not arguments.no_tensorflow) if checks else begin(exercise, file)


def _refuse(message):
    print(message, file=sys.stderr)
    return 2


def listing():
    """The exercises, with the reader's progress."""
    entries = progress.read()
    solved = sum(bool(entries.get(name, {}).get("solved")) for name in learn.EXERCISES)
    lines = [f"{solved} of {len(learn.EXERCISES)} exercises solved", ""]
    for name in learn.EXERCISES:
        entry = entries.get(name, {"attempts": 0, "solved": None})
        mark = "✓" if entry["solved"] else " "
        lines.append(f"{mark} {name:22s} {learn.load(name).title:52s} {_state(entry)}".rstrip())
    return "\n".join([*lines, "", "minikeras learn EXERCISE explains one and writes a file for you to complete."])


def _state(entry):
    if entry["solved"]:
        return f"solved {entry['solved']}"
    return f"{entry['attempts']} attempt{'s' * (entry['attempts'] > 1)}" if entry["attempts"] else ""


def begin(exercise, file):
    """Explain an exercise, and write its file unless it is there."""
    print(f"{exercise.title}\n\n{exercise.starter}")
    try:
        with file.open("x", encoding="utf-8") as starter:
            starter.write(exercise.starter)
        print(f"This is now in {file}. Complete its functions, then run: minikeras learn check {exercise.name}")
    except FileExistsError:
        print(f"{file} already exists and was left as it is. To check it: minikeras learn check {exercise.name}")
    return 0


def check(exercise, file, with_tensorflow):
    """Check the reader's file, print a line or a hint for each function, and keep the progress."""
    try:
        solution = runpy.run_path(str(file))
    except OSError as error:
        return _refuse(
            f"{file} cannot be read: {error.strerror}. `minikeras learn {exercise.name}` writes a file to start from."
        )
    except Exception:
        print(f"{file} cannot be run:\n{traceback.format_exc(limit=-1)}")
        progress.note_attempt(exercise.name, False)
        return 1
    right = _report(checking.check(exercise, solution, minikeras), "")
    has_tasks = with_tensorflow and beside_keras.on_tf_keras(exercise).tasks
    if right and has_tasks and beside_keras.tensorflow_is_installed():
        right = _beside_tensorflow(exercise, file)
    entry = progress.note_attempt(exercise.name, right)
    if right:
        print(f"\nSolved, at attempt {entry['attempts']}. The same in minikeras: {exercise.where}")
    return 0 if right else 1


def _beside_tensorflow(exercise, file):
    try:
        return _report(beside_keras.check_beside(exercise.name, file), "on tf.keras, ")
    except RuntimeError as error:
        print(f"(tf.keras was not compared: {error})")
        return True


def _report(results, place):
    for function, hint in results:
        if hint is None:
            print(f"✓ {place}{function}")
        else:
            print(f"✗ {place}{function}: {hint.aspect}\n  {hint.message}")
    return all(hint is None for _, hint in results)
