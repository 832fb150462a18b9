"""Layers whose large weight is stored in few bits, and products computed with it.

`quantizable.py` is the mixin of the layers that can be quantized. Each mode is one class, of which a quantized layer
holds an instance:

    int8      `Int8Kernel`, `Int8Table`        one byte, one scale for each output (for each row of a table)
    int4      `Int4Kernel`, `Int4Table`        four bits, one scale for each output, or for each group of inputs
    gptq      `GPTQKernel`                     2 to 8 bits, chosen by what the layer computes on samples of data
    awq       `AWQKernel`                      four bits, likewise
    float8    `Float8Product`                  the weight stays; what is multiplied is rounded to 8-bit floats
"""
