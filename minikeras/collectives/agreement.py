"""What all ranks must agree on before they train: checked once, so that a difference is an error rather than a
deadlock.
"""


class AgreementError(ValueError):
    """Ranks were given different things; raised on all of them, so that rank 0 alone need report it."""


def check_agreement(group, what, advice, **numbers):
    """Raise an AgreementError on every rank unless all give the same.

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
