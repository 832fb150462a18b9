"""Stages that check elements: assert their number, or ignore errors."""

import logging

from minikeras.base.errors import FailedPreconditionError
from minikeras.data.pipeline.stage import INFINITE, Stage

logger = logging.getLogger("tensorflow")


class AssertCardinality(Stage):
    """The same elements, of which there are `count`.

    Raises (when elements are asked for):
        FailedPreconditionError: there are more or fewer.
    """

    def __init__(self, input, count):
        super().__init__(input)
        self.count = int(count)

    def run(self, elements):
        seen = 0
        for element in elements:
            seen += 1
            if self.count != INFINITE and seen > self.count:
                raise FailedPreconditionError(
                    None, None, f"Input dataset was expected to contain {self.count} elements but contained more."
                )
            yield element
        if seen != self.count:
            expected = "an infinite number of" if self.count == INFINITE else self.count
            raise FailedPreconditionError(
                None, None, f"Input dataset was expected to contain {expected} elements but contained only {seen}."
            )

    def cardinality(self):
        return self.count


class IgnoreErrors(Stage):
    """The elements without errors: if a previous stage raises one, the next element is tried."""

    def __init__(self, input, log_warning):
        super().__init__(input)
        self.log_warning = log_warning

    def run(self, elements):
        while True:
            try:
                element = next(elements)
            except StopIteration:
                return
            except Exception as error:  # any error of the user's functions
                if self.log_warning:
                    logger.warning("Error raised with error message %s", error)
                continue
            yield element
