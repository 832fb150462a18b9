"""`WeightForms`: weights packed or transformed for compiled jobs, made again only when the weights have changed.

Before a convolution multiplies by its kernel, the kernel is packed into panels or Winograd-transformed. A step that
trains the kernel needs this each time; in predictions the weights are unchanged.
"""

from minikeras.kernels.memory import owner_of
from minikeras.kernels.tasks import JobList


class WeightForms:
    """The jobs of a plan that prepare weights which the plan does not change.

    Args:
        bindings: the `Binding`s of the Variables that the plan reads and does not write.
    """

    def __init__(self, bindings):
        self.jobs = []
        self._bindings = bindings
        self._read, self._made = [], []
        self._list = self._seen = None  # made, with the change counts of those weights, at the first run

    def take(self, job):
        """Add a job if it is of that kind; returns whether it is."""
        if job.prepares is None:
            return False
        sources = [self._bindings_of(weights) for weights in job.prepares]
        if None in sources:
            return False
        self.jobs.append(job)
        self._read += [binding for bindings in sources for binding in bindings]
        if job.made is not None:
            self._made.append((owner_of(job.made), [binding for bindings in sources for binding in bindings]))
        return True

    def _bindings_of(self, weights):
        """The bindings on which an array depends: its own, or those of the weights of which it was made; or None."""
        memory = owner_of(weights)
        for binding in self._bindings:
            if owner_of(binding.tensor.array) is memory:
                return [binding]
        return next((bindings for made, bindings in self._made if made is memory), None)

    def renew(self):
        """Run the jobs if any of the weights may have changed."""
        if not self.jobs:
            return
        changes = [binding.changes for binding in self._read]
        if changes != self._seen:
            if self._list is None:
                self._list = JobList(self.jobs)
            self._list.run()
            self._seen = changes
