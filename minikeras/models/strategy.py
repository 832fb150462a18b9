"""`SingleDevice`: a distribution strategy for one device."""

from contextlib import contextmanager

from minikeras import ops


class SingleDevice:
    """Runs everything once, here: TensorFlow's default strategy. `model.distribute_strategy` is one.

    Training steps written for several devices, which run a function on each replica and then reduce the results, so
    run unchanged.
    """

    num_replicas_in_sync = 1

    @contextmanager
    def scope(self):
        """Variables made within it live here, as everywhere."""
        yield self

    def run(self, fn, args=(), kwargs=None, options=None):
        """`fn(*args, **kwargs)`. `options` say how TensorFlow distributes; they must be None."""
        if options is not None:
            raise NotImplementedError(f"There is nothing to distribute, so no options. Received: options={options}")
        return fn(*args, **(kwargs or {}))

    def reduce(self, reduce_op, value, axis):
        """The sum or mean of the replicas' values, here `value` alone, and over the axis of the samples.

        Args:
            reduce_op: "sum" or "mean" in any case, or an enum's member of such a name.
            value: a tensor, or a nest of them if `axis` is None.
            axis: axis (or axes) to sum or average over; None for none.

        Raises:
            ValueError: another `reduce_op`.
        """
        name = str(getattr(reduce_op, "value", reduce_op)).upper()
        if name not in ("SUM", "MEAN"):
            raise ValueError(f"`reduce_op` must be 'SUM' or 'MEAN'. Received: reduce_op={reduce_op!r}")
        if axis is None:
            return value
        return ops.sum(value, axis) if name == "SUM" else ops.mean(value, axis)

    def gather(self, value, axis):
        """The replicas' values joined along `axis`: here `value` itself."""
        return value

    def experimental_local_results(self, value):
        """A tuple with the value of each replica."""
        return (value,)

    def experimental_distribute_dataset(self, dataset):
        """The data for each replica: here all of it."""
        return dataset


SINGLE_DEVICE = SingleDevice()
