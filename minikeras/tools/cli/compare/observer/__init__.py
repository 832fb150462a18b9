"""The observer: runs inside the process of a script, on either backend, and records what the script does.

It knows only Keras's public names, which are the same on both sides, so the same code observes tf.keras and minikeras.
Nothing here imports minikeras: `launcher.py` explains why.

| what is seen | where |
| --- | --- |
| fit, evaluate, predict, …, `tf.function`s | `entry_points.py` |
| steps of optimizers | `steps.py` |
| steps without one | `hand_made.py` |
| variables: first values, digests | `variables.py` |
| tapes | `tapes.py` |
| all of one step | `detail.py`, by `detail_by_wrapping.py` or `detail_by_observing.py` |
| cells of a notebook | `notebook.py` |
| imports, time, memory | `imports.py`, `clock.py` |

`running.py` runs the script, with the `options.py` of the comparing process; `installing.py` puts the wrappers in place
(`wrapping.py`), which `tracebacks.py` leaves out of errors. `recorder.py` writes what was seen, with digests of arrays
(`arrays.py`) and what ops compute (`ops.py`); `state.py` begins a step with the weights of another run.
"""

from .options import read_options
from .running import observed_run

__all__ = ["observed_run", "read_options"]
