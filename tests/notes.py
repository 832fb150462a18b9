"""What tests note for the tables at the end of a run: in whichever process they run, printed by the one that reports.

Processes of pytest-xdist send their notes when they end, so these are made of plain dicts, lists and numbers.
"""

# {group of comparisons: {"comparisons", "values", "equal": how many, "worst": the largest deviation}}
AGREEMENT = {}
OUTCOMES = []  # of scripts that ran on both backends: the fields of `tests.scripts.comparing.Outcome`


def note_comparison(group, values, equal):
    """Record a comparison of values, some of which are equal bit for bit."""
    _add(group, {"comparisons": 1, "values": int(values), "equal": int(equal), "worst": 0.0})


def note_deviation(group, deviation):
    """Record the relative difference of a comparison."""
    _add(group, {"comparisons": 0, "values": 0, "equal": 0, "worst": float(deviation)})


def all_notes():
    """All notes of this process."""
    return {"agreement": AGREEMENT, "outcomes": OUTCOMES}


def add_notes(notes):
    """Add the notes of another process."""
    for group, record in notes["agreement"].items():
        _add(group, record)
    OUTCOMES.extend(notes["outcomes"])


def _add(group, other):
    record = AGREEMENT.setdefault(group, dict.fromkeys(other, 0))
    for key in ("comparisons", "values", "equal"):
        record[key] += other[key]
    record["worst"] = max(record["worst"], other["worst"])


def agreement_table():
    """Lines with the deviations of each group of comparisons."""
    yield f"{'group':32s} {'comparisons':>11s} {'largest deviation':>18s} {'bit-equal':>10s}"
    for group, record in sorted(AGREEMENT.items()):
        share = record["equal"] / max(record["values"], 1)
        yield f"{group:32s} {record['comparisons']:11d} {record['worst']:18.2e} {share:10.1%}"
