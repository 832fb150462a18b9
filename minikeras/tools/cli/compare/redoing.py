"""`redo`: runs a step again in float64, from the same weights on both sides, to tell rounding from a real difference.

In float64 rounding is a billion times smaller, but the effect of a wrong formula as large as before. Its values also
show which side's float32 result is more accurate.
"""

from dataclasses import dataclass, field

from minikeras.tools.cli.compare import deviation
from minikeras.tools.cli.compare.origin import NOT_SHOWN, keyed, name_of, noise_variables, pair_entries

AGREES = 1e-9  # float64 has 1e-16 per operation; 1e-9 is left where large sums cancel
FLOAT32 = 1e-6  # for a step with a part computed in float32 nevertheless: a schedule, a constant of the script
OTHER_NUMBERS = 0.05  # float32 further from float64 than this on both sides means different random numbers


@dataclass
class Recomputed:
    """The step in float64.

    Attributes:
        failure: why it could not be run in float64, or None.
        rows: {index of an entry in the details of TensorFlow's float32 run: {"in_float64": the sides' deviation in
            float64, "theirs_off", "ours_off": that of each side's float32 from its own float64}}.
        largest: the largest deviation in float64.
        first: (what, name, its deviation in float64) of the first entry beyond `AGREES`, or None.
    """

    failure: str | None = None
    rows: dict = field(default_factory=dict)
    largest: float = 0.0
    first: tuple | None = None

    @property
    def is_rounding(self):
        """Whether the sides agree in float64; None if that is not known."""
        return None if self.failure else self.largest <= FLOAT32

    @property
    def text(self):
        """The conclusion, in a sentence or two."""
        if self.failure:
            return f"It could not be run in float64 to distinguish rounding from a real difference: {self.failure}"
        begin = "Run again in float64 from the same weights,"
        if not self.is_rounding:
            what, name, amount = self.first
            return (
                f"{begin} the {what} {name} still differs (relative deviation {amount:.2g}): a real difference, not "
                "rounding."
            )
        if self.largest > AGREES:
            return (
                f"{begin} both sides agree to {self.largest:.1g}, though part of it is computed in float32: rounding."
            )
        return f"{begin} both sides agree to {self.largest:.1g} in everything: rounding. {self._errors()}".rstrip()

    def _errors(self):
        off = [max((row[side] for row in self.rows.values()), default=0.0) for side in ("theirs_off", "ours_off")]
        if min(off) > OTHER_NUMBERS:
            return ""
        return (
            f"The float32 results deviate from these by at most {off[0]:.1g} on TensorFlow, {off[1]:.1g} on minikeras."
        )


def redo(runs, target, single, state, noise, **options):
    """Run the step in float64 on both sides, and compare.

    Args:
        runs: a `Runs`.
        target: the step or event; see `observer/options.py`.
        single: the two runs in detail, in float32.
        state: the folder of the first of them; both sides begin with its weights.
        noise: paths of variables to ignore.
        **options: of the runs.

    Returns:
        (a `Recomputed`, the two runs in float64).
    """
    double = runs.run_in_detail(target, float64=True, copy_weights=state, state=state, **options)
    failure = _failure(double)
    return (Recomputed(failure) if failure else _compared(single, double, noise)), double


def _failure(double):
    for run in double:
        if run.failed:
            return f"the script fails on {run.backend}: {run.error}"
        if "detail" not in run.facts:
            return f"the step did not come again on {run.backend}."
        arrays = [run.array(entry["array"]) for entry in run.facts["detail"] if entry["what"] in ("output", "loss")]
        if not any(array is not None and array.dtype == "float64" for array in arrays):
            return "the script asks for another dtype itself."
    return None


def _compared(single, double, noise):
    entries, _ = pair_entries(*double)
    noise = noise | noise_variables(*double, entries)
    in_double = {id(a): amount for a, _, amount in entries}  # entries are the dicts of `facts["detail"]` themselves
    keys = [keyed(single[0]), keyed(single[1], single[0]), keyed(double[0], single[0]), keyed(double[1], single[0])]
    positions = {id(entry): place for place, entry in enumerate(single[0].facts["detail"])}
    result = Recomputed()
    for key, entry in keys[0].items():
        others = [known.get(key) for known in keys[1:]]
        if entry["what"] in NOT_SHOWN or None in others or id(others[1]) not in in_double:
            continue
        amount = in_double[id(others[1])]
        off = [
            _off(*pair)
            for pair in ((single[0], entry, double[0], others[1]), (single[1], others[0], double[1], others[2]))
        ]
        result.rows[positions[id(entry)]] = {"in_float64": amount, "theirs_off": off[0], "ours_off": off[1]}
        if "variable" in entry and single[0].variables[entry["variable"]]["path"] in noise:
            continue
        result.largest = max(result.largest, amount)
        if amount > AGREES and result.first is None:
            result.first = (entry["what"], name_of(single[0], entry), amount)
    return result


def _off(run, entry, double, other):
    return deviation.of_arrays(run.array(entry["array"]), double.array(other["array"]))
