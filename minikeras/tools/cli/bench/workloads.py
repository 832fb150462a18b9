"""All workloads by name, in the order of the table."""

from fnmatch import fnmatchcase

from minikeras.tools.cli.bench import passes, processes, products, training

WORKLOADS = [*training.WORKLOADS, *products.WORKLOADS, *passes.WORKLOADS, *processes.WORKLOADS]
BY_NAME = {workload.name: workload for workload in WORKLOADS}


def chosen(pattern=None):
    """The workloads whose name or family contains `pattern`, or matches it where it has `*` or `?`; all if None."""
    if pattern is None:
        return WORKLOADS
    pattern = pattern.lower()
    if not any(sign in pattern for sign in "*?"):
        pattern = f"*{pattern}*"
    return [w for w in WORKLOADS if fnmatchcase(w.name.lower(), pattern) or fnmatchcase(w.family.lower(), pattern)]
