"""All numbers of a comparison as JSON, with infinity and NaN as the texts "inf" and "nan", which JSON lacks."""

import json
import math

TIMES = ("wall_seconds", "import_seconds", "first_step_seconds", "step_seconds", "peak_memory")


def as_json(comparison):
    """The text of a JSON object."""
    return json.dumps(_finite(_content(comparison)), indent=1, ensure_ascii=False)


def _content(comparison):
    finding = comparison.finding
    return {
        "script": comparison.script,
        "agree": comparison.agree,
        "exit_status": comparison.exit_status,
        "verdict": comparison.verdict,
        "failure": comparison.failure,
        "tolerance": comparison.tolerance,
        "metric_tolerance": comparison.metric_tolerance,
        "deviation": comparison.deviation if comparison.failure is None else {},
        "first_difference": _difference(comparison),
        "looked_at": comparison.looked_at,
        "details": comparison.details,
        "finding": None if finding is None else vars(finding),
        "in_float64": _recomputed(comparison.recomputed),
        "noise": sorted(comparison.noise),
        "series": [] if comparison.failure else [_series(one) for one in comparison.series],
        "outputs": [
            {"where": where, "shape": shape, "deviation": amount}
            for where, shape, amount in ([] if comparison.failure else comparison.outputs)
        ],
        "weights": [_weight(pair) for pair in ([] if comparison.failure else comparison.pairs)],
        "runs": {
            backend: {
                "status": run.status,
                "error": run.error,
                "stdout": run.stdout,
                "stderr": run.stderr,
                **{name: comparison.measured(backend, name) for name in TIMES},
            }
            for backend, run in comparison.runs.items()
        },
    }


def _difference(comparison):
    first = None if comparison.failure else comparison.first_difference
    if first is None:
        return None
    return {"kind": first.kind, "name": first.name, "where": first.where, "deviation": first.deviation}


def _recomputed(recomputed):
    if recomputed is None:
        return None
    return {
        "failure": recomputed.failure,
        "is_rounding": recomputed.is_rounding,
        "largest": recomputed.largest,
        "text": recomputed.text,
    }


def _series(series):
    first, second = zip(*series.values, strict=True)
    return {
        "name": series.name,
        "kind": series.kind,
        "group": series.group,
        "positions": series.positions,
        "tensorflow": first,
        "minikeras": second,
        "deviation": series.deviations,
    }


def _weight(pair):
    return {
        "path": pair.path,
        "shape": pair.shape,
        "initial": pair.initial,
        "final": pair.final,
        "largest_initial": pair.largest_initial,
        "largest_final": pair.largest_final,
        "after_steps": [[*step, amount] for step, amount in pair.steps.items()],
    }


def _finite(value):
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
