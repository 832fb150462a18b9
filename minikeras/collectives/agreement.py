"""Checks once that all ranks agree on their settings before they train, so that a difference is an error rather than
a deadlock.
"""


class AgreementError(ValueError):
    """The ranks were given different values. It is raised on all of them, so only rank 0 has to report it."""


def check_agreement(group, what, advice, **numbers):
    """Raise an AgreementError on every rank unless all pass the same values.

    Args:
        group: the `Group`.
        what: the subject of the message, such as "The data of `fit`".
        advice: its last sentence.
        numbers: name and value of each thing to agree on.
    """
    given = group.exchange(numbers)
    for name in numbers:
        values = [other.get(name) for other in given]
        if any(value != values[0] for value in values):
            listed = ", ".join(f"rank {rank}: {value}" for rank, value in enumerate(values))
            raise AgreementError(
                f"{what} must be the same on all ranks, which divide each batch among them. Received: {name} of "
                f"{listed}. {advice}"
            )
