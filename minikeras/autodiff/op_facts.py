"""`OpFacts`: what an op declares about itself for code that looks at whole computations, above all plans (`plans/`).

Nothing here is needed to compute or to differentiate. Each fact has a safe default, so a new op works without any, and
becomes faster with those that hold for it. A plan knows ops by these facts alone, except in patterns of several ops.
"""

from minikeras.base import replay


class OpFacts:
    """Base class of `Op`.

    Class attributes:
        is_pure: whether `forward` and `backward` depend on their arguments and the op's settings alone and change
            nothing, so that a plan may repeat them without the Python around them. None: as the package of the class
            declares (`base/replay.py`). A user's op must declare it itself.
        lowering: how a plan computes the op by compiled code, an `OpLowering` (`autodiff/lowering.py`); None to run it
            in NumPy, unless `plans/lowerings/` has a lowering for it.
        uses_values: False if the result depends on the inputs' shapes and dtypes alone, as for `zeros_like`.
        keeps_elements: whether the output is the only input's elements in the same order in another shape.
        moves_elements: whether `forward` is right for elements of any kind, since it computes nothing: also for those
            of bfloat16, float8 and int4 (see `widening.py`).
        chooses_elements: whether each element of the output is one of an input, its negative or a constant such as 0
            and 1, so that nothing is rounded; and of an op with one input, each element of dx one of dy or 0.
        class_inputs: positions of the inputs that are class indices, integers below 2²⁴.
        hides_outputs: whether its caller gets only the first output (`OpWithHiddenOutputs`).
        depends_on_weights_only: whether plans compute the op only when the Variables that it reads have changed: for
            ops that derive a weight from others, such as floats from integers. It has one output.
        unread_inputs: positions of inputs that `backward` reads only for gradients of gradients. Plans compute none of
            these, so the memory of such inputs is free after `forward`.
        casts_to: name of the dtype if all that the op does is to cast its input, else None.
    """

    is_pure = None
    lowering = None
    uses_values = True
    keeps_elements = moves_elements = chooses_elements = False
    class_inputs = unread_inputs = ()
    hides_outputs = depends_on_weights_only = False
    casts_to = None

    @property
    def is_replayable(self):
        """Whether a plan may repeat the op, as its `is_pure` declares, or else its package."""
        return replay.declared_by(type(self).__module__) is not None if self.is_pure is None else self.is_pure

    def batch_inputs(self, shapes, output_shape):
        """Which inputs are split along the first axis when the output is: y[a:b] = op(x[a:b], w).

        Args:
            shapes: of the inputs.
            output_shape: of the first output.

        Returns:
            For each input whether it is split (x) or read whole (w). None, the default, if a row of the output may
            depend on several rows of an input.
        """
        return

    def forward_rows(self, arrays, ranks):
        """`forward` for each row of its inputs at once (vmap's batching rule of the op).

        Args:
            arrays: the inputs. Those with rows have them along a new first axis.
            ranks: for each input with rows the number of axes of a row; None for an input shared by all rows, which may
                be a Python number.

        Returns:
            The output, or a tuple of several, with rows along the first axis. NotImplemented if there is no such rule:
            then `forward` is called row by row.
        """
        if not self.keeps_elements:
            return NotImplemented
        return arrays[0].reshape(len(arrays[0]), *self.output_shape(arrays[0].shape[1:]))

    def permutation(self, rank):
        """The order of axes, if all that the op does to an input of `rank` axes is to reorder them; else None."""
        return

    def of_node(self, args):
        """(op, inputs) of a graph's node with these arguments, among which some ops have a setting."""
        return self, args

    def composition(self, *inputs):
        """The output (a tuple of several) as a computation by other ops, if the op is a shorthand for one.

        A plan uses it where the op has no compiled code of its own and the others have.

        Args:
            inputs: symbolic tensors.

        Returns:
            None if there is none.
        """
        return

    def by_products(self, inputs):
        """Outputs that equal the output of another op, bit for bit.

        Args:
            inputs: for each an object with `shape` and `dtype`.

        Returns:
            List of (position of the output, the other op, position of that op's only input among `inputs`).
        """
        return []

    def gives_rows(self, shapes):
        """Whether the op reads rows of a table, its first input, at the indices in the second.

        Then the gradient of the table is made of rows of the output's gradient, as an `IndexedSlices`.
        """
        return False

    def multiplications(self, shapes, output_shape):
        """How many products of elements a matrix product or convolution adds up; 0 for other ops."""
        return 0

    def elementary_operations(self, shapes, output_shape):
        """How many additions, comparisons, values of functions, … there are besides `multiplications` (`costs.py`).

        Args:
            shapes: of the inputs.
            output_shape: of the first output.

        Returns:
            None if the op does not declare it, as those that sort, factorize or transform.
        """
        is_product = self.multiplications(shapes, output_shape) > 0
        return 0 if is_product or self.moves_elements or not self.uses_values else None
