"""`WeightForms`: weights packed or transformed for compiled jobs, made again only when the weights have changed.

Before a convolution multiplies by its kernel, the kernel is packed into panels or Winograd-transformed. A step that
trains the kernel needs this each time; in predictions the weights are unchanged.
"""

from minikeras.kernels.job_lists import JobList
from minikeras.kernels.memory import owner_of


class WeightForms:
    """The jobs of a plan that prepare weights which the plan does not change.

    Args:
        bindings: the `Binding`s of the Variables that the plan reads and does not write.
        values: the `WeightValue`s, which jobs may prepare too.
    """

    def __init__(self, bindings, values=()):
        self.jobs = []
        self._values = values
        self._read = dict.fromkeys(binding for value in values for binding in value.bindings)  # each once
        self._sources = {id(owner_of(binding.tensor.array)): [binding] for binding in bindings}
        self._sources |= {id(owner_of(value.array)): [] for value in values}  # their bindings are among those read
        self._list = self._seen = None  # the jobs and the change counts of those weights, set at the first run

    def take(self, job):
        """Add a job if it prepares such weights; return whether it does."""
        if job.prepares is None:
            return False
        sources = [self._sources.get(id(owner_of(weights))) for weights in job.prepares]
        if None in sources:
            return False
        self.jobs.append(job)
        read = [binding for bindings in sources for binding in bindings]
        self._read.update(dict.fromkeys(read))
        if job.made is not None:
            self._sources[id(owner_of(job.made))] = read
        return True

    def renew(self):
        """Compute the values, and run the jobs, if any of the weights may have changed."""
        if not self._read:
            return
        changes = [binding.changes for binding in self._read]
        if changes != self._seen:
            for value in self._values:
                value.compute()
            if self._list is None:
                self._list = JobList(self.jobs)
            self._list.run()
            self._seen = changes
