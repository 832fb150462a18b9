"""`RESULTS.md`: which share of scripts and names works, written by the tests themselves."""

import datetime
from pathlib import Path

from tests.scripts.names import COMMON, missing_common_names, shares

PAGE = Path(__file__).parent / "RESULTS.md"
MAX_MISSING = 12  # names shown per namespace


def scripts_table(outcomes):
    """Rows of texts, the heading first: script, agreement, deviation, printed numbers, ratios of times."""
    rows = [("script", "agrees", "deviation", "numbers", "times as fast", "without imports")]
    for outcome in sorted(outcomes, key=lambda outcome: outcome.script):
        deviation = "–" if outcome.deviation is None else f"{outcome.deviation:.0e}"
        ratios = ["–" if ratio is None else f"{ratio:.1f}" for ratio in map(outcome.ratio, (0, 1))]
        agrees = "yes" if outcome.agrees else "NO"
        rows.append((outcome.script, agrees, deviation, str(outcome.numbers), *ratios))
    return rows


def write(outcomes, tf):
    """Write the page again."""
    PAGE.write_text("\n".join([*_scripts(outcomes), *_names(tf)]) + "\n", encoding="utf-8")
    return PAGE


def _scripts(outcomes):
    agreeing = sum(outcome.agrees for outcome in outcomes)
    today = datetime.datetime.now(datetime.UTC).date()
    return [
        "# What works unmodified",
        "",
        f"Written by `python -m pytest tests/scripts --write-script-results`, {today}. Each script of this folder",
        "runs unmodified on TensorFlow and on minikeras.",
        "",
        "## Scripts",
        "",
        f"**{agreeing} of {len(outcomes)} scripts agree.** Deviation: the largest relative deviation of the losses,",
        "metrics, outputs and weights that `compare` observed (–: none, since the script uses bare variables;",
        "then only the printed numbers were compared). Numbers: how many printed numbers were compared. Times as fast:",
        "TensorFlow's time divided by ours, for the whole run and for the run without importing the backend, on an",
        "ordinary machine that was not always idle, with compiled kernels on disk.",
        "",
        *_markdown(scripts_table(outcomes)),
        "",
        *[f"- {outcome.script}: {problem}" for outcome in outcomes for problem in outcome.problems],
        *([""] if agreeing < len(outcomes) else []),
    ]


def _names(tf):
    missing = missing_common_names()
    uses = sum(COMMON.values())
    there = uses - sum(COMMON[name] for name in missing)
    rows, found, total = _namespaces(tf)
    versions = f"TensorFlow {tf.__version__} and Keras {tf.keras.__version__}"
    return [
        "## Names",
        "",
        f"**{len(COMMON) - len(missing)} of the {len(COMMON)} names that public Keras scripts use most are there**",
        f"({there / uses:.1%} of their uses). Missing: {', '.join(f'`{name}`' for name in missing) or 'none'}.",
        "",
        f"Of all public functions, classes and constants of {versions}, {found} of {total} ({found / total:.0%}):",
        "",
        *_markdown(rows, last_is_text=True),
    ]


def _namespaces(tf):
    """The table of namespaces, how many names there are in all of them, and how many of TensorFlow's."""
    rows = [("namespace", "there", "of", "share", "missing")]
    found = total = 0
    for namespace, (there, count, lacking) in shares(tf).items():
        more = f", … {len(lacking) - MAX_MISSING} more" if len(lacking) > MAX_MISSING else ""
        shown = ", ".join(f"`{name}`" for name in lacking[:MAX_MISSING]) + more
        rows.append((namespace, str(there), str(count), f"{there / count:.0%}", shown))
        found, total = found + there, total + count
    return rows, found, total


def _markdown(rows, last_is_text=False):
    heading, *body = rows
    alignment = ["---", *["---:"] * (len(heading) - 1)]
    if last_is_text:
        alignment[-1] = "---"
    return [f"| {' | '.join(row)} |" for row in (heading, alignment, *body)]
