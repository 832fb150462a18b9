"""Quantized layers: their large weight is stored in a few bits, and products are computed with it.

`quantizable.py` is the mixin of the layers that can be quantized. Each mode is one class, of which a quantized layer
holds an instance:

    int8      `Int8Kernel`, `Int8Table`        one byte, one scale for each output (for each row of a table)
    int4      `Int4Kernel`, `Int4Table`        four bits, one scale for each output, or for each group of inputs
    gptq      `GPTQKernel`                     2 to 8 bits, fitted to the layer's inputs on samples of data
    awq       `AWQKernel`                      four bits, fitted likewise
    float8    `Float8Product`                  the weight stays a float; the factors of products are rounded to float8
"""
