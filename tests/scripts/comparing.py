"""One script on both backends: whether what it did and what it printed agrees, and how the times compare."""

import re
from dataclasses import dataclass
from pathlib import Path

from minikeras.tools.cli.compare import compare_script

FOLDER = Path(__file__).parent
SCRIPTS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.py"))
TIMEOUT = 300  # seconds for each side; the slowest takes 10 on a machine of its own

# What rounding does was measured on TensorFlow itself, with one thread instead of two, without oneDNN. Its losses in
# the first ten steps of the scripts here and in `examples/` stay within 3e-7 of those that it has otherwise, and later
# ones within 4e-6. With oneDNN limited to AVX2, measured for `saving_and_resuming.py`, later losses leave by 9e-4 and
# the accuracy by 6e-3: two images in 360. So early losses are compared tightly, late results by a bound that TensorFlow
# keeps.
EARLY_STEPS = 10
EARLY_LOSS = 1e-5
LATE_LOSS = 5e-3
SHARE_OF_SAMPLES = 2e-2  # as `compare` allows for metrics that count

# Numbers that scripts print are rounded to few digits; what lies behind them deviates by less than `compare`'s own
# 1e-3.
PRINTED_RELATIVE = 2e-3
PRINTED_ABSOLUTE = 2e-3
MAX_THAT_COUNT = 5  # one image on the other side of a tie changes two counts, and an accuracy, a precision, a recall

_NOT_RESULTS = [
    re.compile(r"\x1b\[[0-9;]*m"),  # colours
    re.compile(r"^.*━.*$", re.MULTILINE),  # progress bars: how often they are drawn depends on the time
    re.compile(r"\d+\s?(?:us|ms|s|min)(?:/step|/epoch)?\b"),  # times
]
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")


@dataclass
class Outcome:
    """What came out of one script.

    Attributes:
        script: its path below this folder.
        problems: sentences that say what does not agree; empty if all does.
        deviation: the largest relative deviation of losses, metrics, outputs and weights; None where nothing was
        observed. numbers: how many printed numbers were compared. seconds: {backend: (whole run, without the imports)}.
    """

    script: str
    problems: list
    deviation: float | None
    numbers: int
    seconds: dict

    @property
    def agrees(self):
        """Whether both sides did and printed the same."""
        return not self.problems

    def ratio(self, part):
        """TensorFlow's time divided by ours: of the whole run (part 0) or without the imports (part 1)."""
        if len(self.seconds) < 2 or not self.seconds["minikeras"][part]:
            return None
        return self.seconds["tensorflow"][part] / self.seconds["minikeras"][part]


def outcome_of(script):
    """Run a script on both sides, in the current folder."""
    comparison = compare_script(FOLDER / script, look_closely=False, timeout=TIMEOUT)
    problems = [f"{run.backend} failed: {run.error}" for run in comparison.runs.values() if run.failed]
    observed = bool(comparison.pairs or comparison.series)
    numbers = 0
    if not problems:
        if observed and not comparison.agree:
            problems.append(comparison.verdict)
        different, numbers = differences_of(comparison)
        problems += different
    return Outcome(
        script,
        problems,
        max(comparison.deviation.values(), default=None) if observed else None,
        numbers,
        {run.backend: _seconds(run) for run in comparison.runs.values() if run.wall_seconds},
    )


def differences_of(comparison):
    """(sentences about early losses, late results and printed numbers that differ, how many elements were printed)."""
    found = [str(difference) for difference in comparison.all_differences if difference.kind == "missing"]
    steps = [place for place, event in enumerate(comparison.first.events) if event["kind"] == "step"]
    early = steps[:EARLY_STEPS][-1] if steps else -1
    for series in comparison.series:
        limits = (EARLY_LOSS, LATE_LOSS) if series.is_loss else (SHARE_OF_SAMPLES, SHARE_OF_SAMPLES)
        for order, place, deviation in zip(series.orders, series.positions, series.deviations, strict=True):
            limit = limits[order > early]
            if deviation > limit:
                found.append(f"{series.name} at {place}: relative deviation {deviation:.1e}, allowed {limit:.0e}")
                break
    numbers, different = compare_printed(comparison.first.stdout, comparison.second.stdout)
    return found + different, numbers


def _seconds(run):
    return run.wall_seconds, run.wall_seconds - (run.import_seconds or 0.0)


def compare_printed(theirs, ours):
    """(how many elements were printed, sentences about differences)."""
    theirs, ours = printed_numbers(theirs), printed_numbers(ours)
    if len(theirs) != len(ours):
        return len(theirs), [f"TensorFlow's run printed {len(theirs)} numbers, minikeras's {len(ours)}"]
    if not theirs:
        return 0, ["the script prints no numbers to compare"]
    pairs = list(zip(theirs, ours, strict=True))
    wrong = [pair for pair in pairs if abs(pair[0] - pair[1]) > PRINTED_ABSOLUTE + PRINTED_RELATIVE * abs(pair[0])]
    if len(wrong) <= MAX_THAT_COUNT and all(_counts_samples(*pair) for pair in wrong):
        wrong = []
    text = "printed numbers differ (TensorFlow's, minikeras's): "
    return len(theirs), [text + ", ".join(f"({a:g}, {b:g})" for a, b in wrong[:5])] if wrong else []


def _counts_samples(a, b):
    """Whether two numbers may be a count, or a share of samples, of which one sample more is on one side."""
    if a == int(a) and b == int(b):
        return abs(a - b) == 1 and min(a, b) >= 0
    return 0 <= a <= 1 and 0 <= b <= 1 and abs(a - b) <= SHARE_OF_SAMPLES


def printed_numbers(text):
    """All numbers in what a script printed, but for progress bars and times."""
    for pattern in _NOT_RESULTS:
        text = pattern.sub("", text)
    return [float(number) for number in _NUMBER.findall(text)]
