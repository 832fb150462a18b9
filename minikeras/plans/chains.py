"""Chains: instructions that are done one piece of the batch after the other, while what they hand on is in the cache.

Between two layers lies an array for the whole batch: 8 MB for 32 images of 32×32×64. The layer that reads it finds it
no longer beside the processor, and in training a small convolution waits for memory longer than it computes. So all
instructions of a chain are done for two images, then for the next two:

    in a row                                     in a chain
    conv  ████████  →  conv  ████████            conv ██  conv ██   conv ██  conv ██   …

A piece is one task, so each thread does whole pieces. It has all jobs of the chain to itself, its *lane*, and changes
the addresses in them for each piece (`chain_lanes.py`). Slots are of three kinds here (`apart.py` knows which):

cut      has a row for each sample. What is read outside of the chain lies there in one array for the batch; the others
         are needed for a piece only, and each lane has a small place of its own for them.
shared   a kernel or bias: read whole by every piece.
sum      the gradient of something shared. Each piece has its own, and a job adds them in the order of the pieces, so
         that results do not depend on who did which.

A step of the residual network of the benchmarks, batch 32: 65 ms in a row and 52 in chains on one core of a busy
machine, 25.1 and 24.0 on two of a quiet one; of the separable CNN 2.8 and 2.6. Where kernels are large, each piece has
to read them again: a step of the VGG block, with 147 kB and more in each of its kernels, took 1.7 times as long.
"""

from minikeras.autodiff.arithmetic import add_gradients
from minikeras.config import threads
from minikeras.plans.apart import cut_inputs
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Gradient, Pure
from minikeras.plans.lower import view_of

FEWEST = 3  # instructions of a chain; two of a CNN's gain nothing
WORTH = 1 << 22  # bytes of cut arrays that one instruction of a chain must touch: less is in the cache anyway
PIECE = 3 << 19  # bytes of cut arrays that each instruction may touch for a piece
WHOLE = 1 << 16  # bytes of shared arrays, and of sums, that an instruction may have: each piece touches them anew
PIECES_OF_A_THREAD = 4  # if they cannot be shared out evenly


class Chain:
    """Instructions to be done piece by piece.

    Attributes:
        positions: of the instructions.
        cut, shared, sums: slots. Their roots, see `Layout`, are of one kind only.
        samples: in a batch.
        size: samples of a piece.
        inside: roots of cut slots that nobody needs outside.
    """

    def __init__(self, samples):
        self.samples = samples
        self.positions = []
        self.cut, self.shared, self.sums = set(), set(), set()
        self.inside = set()
        self.size = 0

    def span(self):
        """(first position, last position)."""
        return self.positions[0], self.positions[-1]


class Kinds:
    """The slots of one instruction by kind; they may contradict each other."""

    def __init__(self):
        self.cut, self.shared, self.sums = set(), set(), set()

    def note(self, slots, cut, otherwise):
        """Slots, None for those that are missing, with whether each is cut; `otherwise`: where the others belong."""
        for slot, is_cut in zip(slots, cut, strict=True):
            if slot is not None:
                (self.cut if is_cut else otherwise).add(slot)


def kinds_of(instruction, slots):
    """The `Kinds` of an instruction that keeps samples apart, None for others."""
    kinds = Kinds()
    parts = instruction.parts if isinstance(instruction, Fused) else (instruction,)
    return kinds if all(_note_part(kinds, part, slots) for part in parts) else None


def _note_part(kinds, part, slots):
    """Add one op's slots; says whether it keeps samples apart."""
    if isinstance(part, Pure) and part.function is add_gradients:
        kinds.note((*part.reads, *part.writes), [True] * (len(part.reads) + 1), kinds.shared)
        return True
    if isinstance(part, Compute):
        shapes = [slots[i].shape for i in part.reads]
        cut = cut_inputs(part.op, shapes, slots[part.writes[0]].shape)
        if cut is not None:
            kinds.note(part.reads, cut, kinds.shared)
            kinds.note(part.writes, [True] * len(part.writes), kinds.shared)
        return cut is not None
    if not isinstance(part, Gradient):
        return False
    cut = cut_inputs(part.op, part.call.input_shapes, part.call.output_shapes[0])
    if cut is not None:
        kinds.note(part.inputs or (), cut[: len(part.inputs or ())], kinds.shared)
        behind = (*(part.outputs or ()), *part.dys)
        kinds.note(behind, [True] * len(behind), kinds.shared)
        kinds.note(part.writes, cut, kinds.sums)
    return cut is not None


def find_chains(plan, root, views, kept):
    """The chains of a plan.

    Args:
        plan: the `Plan`.
        root: {slot: the slot whose place it shares}.
        views: positions of instructions that only give numbers another shape.
        kept: slots that are wanted after the step.
    """
    chains, chain = [], None
    for position in range(len(plan.instructions)):
        if position in views:
            continue
        kinds = _usable_kinds(plan, position, root)
        if kinds is None:
            chain = None
            continue
        samples = plan.slots[next(iter(kinds.cut))].shape[0]
        if chain is None or chain.samples != samples or not _fits(chain, kinds, root):
            chain = Chain(samples)
            chains.append(chain)
        chain.positions.append(position)
        for word in ("cut", "shared", "sums"):
            getattr(chain, word).update(getattr(kinds, word))
    return [chain for chain in chains if _complete(chain, plan, root, kept)]


def _usable_kinds(plan, position, root):
    """The `Kinds` of the instruction at a position if it can be part of a chain, else None."""
    lowering, slots = plan.lowered.get(position), plan.slots
    if lowering is None or lowering.prepare or lowering.check or lowering.written:
        return None
    kinds = kinds_of(plan.instructions[position], slots)
    if kinds is None or not kinds.cut or kinds.cut & kinds.shared or (kinds.cut | kinds.shared) & kinds.sums:
        return None
    touched = {*lowering.reads, *lowering.writes}
    kinds.cut &= touched  # without what only the inside of a group knows
    kinds.shared &= touched
    kinds.sums &= touched
    if touched != kinds.cut | kinds.shared | kinds.sums or not kinds.cut:
        return None
    lengths = {slots[i].shape[:1] for slot in kinds.cut for i in (slot, root[slot])}
    if any(sum(slots[i].nbytes for i in whole) > WHOLE for whole in (kinds.shared, kinds.sums)):
        return None
    if len(lengths) != 1 or any(slots[root[i]].kind not in ("batch", "result") for i in kinds.cut):
        return None
    return kinds


def _fits(chain, kinds, root):
    """Whether another instruction can follow: no root is of two kinds, and no sum is read."""
    cut, shared, sums = (
        {root[i] for i in getattr(chain, word) | getattr(kinds, word)} for word in ("cut", "shared", "sums")
    )
    return not (cut & shared or cut & sums or shared & sums)


def _complete(chain, plan, root, kept):
    """Find the size of the pieces and what is inside; says whether the chain is worth it."""
    lowerings = [plan.lowered[position] for position in chain.positions]
    touched = [chain.cut.intersection((*lowering.reads, *lowering.writes)) for lowering in lowerings]
    largest = max(sum(plan.slots[i].nbytes for i in cut) for cut in touched)
    if len(lowerings) < FEWEST or largest < WORTH:
        return False
    chain.size = _piece_size(chain.samples, largest)
    chain.inside = _inside(chain, plan, root, kept)
    return chain.size > 0


def _piece_size(samples, nbytes):
    """Samples of a piece: the most that fit, if they come out even; 0 if there is no such number."""
    fitting = min(samples, PIECE * samples // nbytes)
    for size in range(fitting, 0, -1):
        pieces = samples // size
        if samples % size == 0 and (pieces >= PIECES_OF_A_THREAD * threads() or pieces % threads() == 0 < pieces - 1):
            return size
    return 0


def _inside(chain, plan, root, kept):
    """Roots of the cut slots that only instructions of the chain touch, and views among them."""
    first, last = chain.span()
    inside = {root[i] for i in chain.cut if plan.slots[root[i]].kind == "result"}
    for position, instruction in enumerate(plan.instructions):
        own = position in chain.positions or (first < position < last and view_of(instruction) is not None)
        if not own:
            inside -= {root.get(i) for i in (*instruction.reads, *instruction.writes)}
    return inside - {root.get(i) for i in kept}
