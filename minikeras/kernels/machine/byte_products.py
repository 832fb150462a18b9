"""The micro-kernel of products of bytes: as `micro_kernel.py`, with four products in each lane of an integer vector.

    sums[i, j] = start[j] + Σ_g Σ_t a[i, 4g + t] · panel[g, j, t]        t = 0 … 3, j = 0 … 31

a holds unsigned bytes, the panel signed ones. A step takes one word of four bytes of each row of a, in all lanes, and
32 words of the panel, in two vectors; each lane of the sums grows by the four products of its pair of words.

Processors with VNNI do that by one instruction, VPDPBUSD: 128 products in a cycle where float32 has 32. The others
widen the bytes at even and at odd positions to 16 bits, and multiply and add pairs of these (PMADDWD on x86).
"""

from minikeras.kernels import processor
from minikeras.kernels.machine.llvm import INTEGER, ir
from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol, function_of, jump

ROWS = processor.byte_block_rows()
PANEL = 2  # vectors
_WORD = 4
_INTEGERS = 7
_WORDS = ir.VectorType(ir.IntType(32), LANES)
_SHORTS = ir.VectorType(ir.IntType(16), 2 * LANES)
_PAIRS = ir.VectorType(ir.IntType(32), 2 * LANES)


class ByteVectors(Vectors):
    """Vectors whose lanes are words of four bytes, or int32 sums."""

    def load_words(self, address, offset=0):
        """16 words."""
        return self.builder.bitcast(self.load(address, offset), _WORDS)

    def store_words(self, words, address, offset=0):
        """Store 16 words."""
        vector = self.builder.bitcast(words, ir.VectorType(ir.FloatType(), LANES))
        self.store(vector, address, offset)

    def word(self, address):
        """One word in all lanes."""
        return self.builder.bitcast(self.splat(self.load_scalar(address)), _WORDS)

    def add_products(self, sums, a, b):
        """Each lane of the sums plus its four products of an unsigned byte of a and a signed one of b."""
        if processor.has_byte_products():
            # From LLVM 21 on its operands are vectors of bytes; this older form is accepted by all versions.
            return self.intrinsic("llvm.x86.avx512.vpdpbusd.512", _WORDS, sums, a, b)
        for place in range(2):
            products = self.builder.mul(self._shorts(a, place, False), self._shorts(b, place, True))
            for half in range(2):
                chosen = ir.Constant(_WORDS, [2 * lane + half for lane in range(LANES)])
                sums = self.builder.add(sums, self.builder.shuffle_vector(products, products, chosen))
        return sums

    def _shorts(self, words, place, signed):
        """The bytes at even (place 0) or odd positions, widened to 16 bits and, for LLVM to see it, to 32."""
        builder, eight = self.builder, ir.Constant(_SHORTS, [8] * 2 * LANES)
        shorts = builder.bitcast(words, _SHORTS)
        if place == 0:
            shorts = builder.shl(shorts, eight)
        shorts = (builder.ashr if signed else builder.lshr)(shorts, eight)
        return builder.sext(shorts, _PAIRS)


def write_block(builder, arguments, rows):
    """Emit the micro-kernel for a block of `rows` × 32."""
    _, a, a_row, panel, groups, start, sums = arguments
    v = ByteVectors(builder)
    totals = [[v.variable(v.load_words(start, LANES * j)) for j in range(PANEL)] for _ in range(rows)]
    # Each row's own address, as in `micro_kernel.py`.
    lines = [v.hidden(builder.add(a, builder.mul(a_row, v.integer(i)))) for i in range(rows)]
    a_place, b_place = v.variable(v.integer(0)), v.variable(panel)
    with v.loop(groups):
        columns = [v.load_words(b_place.get(), LANES * j) for j in range(PANEL)]
        for i in range(rows):
            word = v.word(builder.add(lines[i], a_place.get()))
            for j in range(PANEL):
                totals[i][j].set(v.add_products(totals[i][j].get(), word, columns[j]))
        a_place.set(builder.add(a_place.get(), v.integer(_WORD)))
        b_place.set(v.address(b_place.get(), PANEL * LANES))
    for i in range(rows):
        for j in range(PANEL):
            v.store_words(totals[i][j].get(), sums, LANES * (PANEL * i + j))


def write_choice(builder, arguments):
    """Jump to the micro-kernel for the given number of rows."""
    versions = {
        count: function_of(
            builder.module,
            f"multiply_bytes_{count}",
            [INTEGER] * _INTEGERS,
            lambda ir_builder, given, count=count: write_block(ir_builder, given, count),
        )
        for count in range(1, ROWS + 1)
    }
    jump(builder, arguments[0], versions, arguments)


multiply_bytes = Symbol("multiply_bytes", _INTEGERS, 0, write_choice, __file__, "../processor.py")
