"""The forms of each computation: its definition in NumPy, the compiled kernels, the vector code in them.

`kernel_table.py` makes a page of these rows. Formulas (`formula_kernels.py`) and the rules of optimizers
(`update_rule.py`) have rows by themselves, since both of their forms come from one text.
"""

from benchmarks.computation import Computation

WINOGRAD = "input_tile upsampled_tile output_tile_4 output_tile_2 pooled_tile"
WINOGRAD += " gradient_tile_4 gradient_tile_2 kernel_tile_3 kernel_tile_5"
WINOGRAD += " kernel_gradient_tile_3 kernel_gradient_tile_5"
TILES1D = "input_tile1d evaluate_tile1d interpolate_tile1d"
ALGORITHMS = "one form for each algorithm; which is fastest depends on shapes (measurements in algorithms.py)"
CONVOLUTION = "convolution.reference:convolution_reference convolution.reference:convolution_input_gradient_reference"
DEPTHWISE = "convolution.reference:depthwise_convolution"
CAUSAL = "causal attention ends at the last source that any of 32 targets sees"
METRICS = "minikeras.metrics.accuracy"

COMPUTATIONS = [
    # --- layers -------------------------------------------------------------------------------------------------------
    Computation(
        "matrix product",
        "numpy:matmul",
        ("product_tasks copy_lines", "product_of_terms add_products"),
        "multiply_block transpose_tile copy_block copy_chunks fetch fetch_to_write",
        reason="products of few rows and columns and many terms are split along their terms: three times as fast; with "
        "copied panels and one address for A's adjacent rows, 3200×32×512 is 1.38 times as fast (Ice Lake, 1 thread)",
    ),
    Computation(
        "convolution, its input gradient",
        CONVOLUTION,
        (
            "pack_panels pack_flipped_panels direct_lines",
            "transform_kernel rotate_kernel winograd_tiles",
            "transform_tile1d_kernel rotate_tile1d_kernel winograd_tiles1d",
            "pack_taps few_channels_lines",
            "gather_patches scatter_patches",
        ),
        f"multiply_block multiply_rows {WINOGRAD} {TILES1D}",
        reason=f"{ALGORITHMS}; convolving images before they are upsampled makes a training step of a U-Net of 32×32 "
        "1.09 times as fast (Emerald Rapids, 2 threads)",
    ),
    Computation(
        "convolution, its kernel gradient",
        "convolution.reference:convolution_kernel_gradient_reference",
        (
            "kernel_gradient_lines add_parts",
            "winograd_kernel_gradient_tiles finish_kernel_gradient",
            "winograd_tile1d_gradients finish_tile1d_gradient",
            "gather_patches",
        ),
        f"multiply_block {WINOGRAD} {TILES1D}",
        reason=ALGORITHMS,
    ),
    Computation(
        "convolution in groups, their channels",
        "numpy:split numpy:concatenate",
        "split_channels join_channels repeat_channels sum_channels",
    ),
    Computation(
        "depthwise convolution",
        f"{DEPTHWISE}_reference {DEPTHWISE}_input_gradient_reference",
        "depthwise_lines",
        "depthwise_block",
    ),
    Computation(
        "depthwise convolution, its kernel gradient",
        f"{DEPTHWISE}_kernel_gradient_reference",
        "depthwise_kernel_gradient_lines add_parts",
        "depthwise_gradient",
    ),
    Computation(
        "maximum pooling",
        "pooling:max_pool_reference pooling:max_pool_with_argmax_reference",
        "max_pool_images",
        "max_pool_line",
    ),
    Computation(
        "maximum pooling, gradient",
        "pooling:max_pool_gradient_reference",
        "max_pool_gradient_images add_first_of_parts",
        "max_pool_gradient_line",
    ),
    Computation("hue, saturation and value", "color:to_hsv_reference", "to_hsv_pixels"),
    Computation("hue, saturation and value, back to colours", "color:from_hsv_reference", "from_hsv_pixels"),
    Computation(
        "images resized while they are read",
        "minikeras.ops.image_resizing:resize",
        "resize_bytes_bilinear",
        "mix_pixels",
        runs="eager",
    ),
    Computation("images warped by a map of positions", "warping:warp_reference", "warp_rows"),
    Computation("images warped, gradient", "warping:warp_gradient_reference", "warp_gradient_of_image"),
    Computation("average pooling", "pooling:average_pool_reference", "average_pool_images", "average_pool_line"),
    Computation(
        "average pooling, gradient",
        "pooling:average_pool_gradient_reference",
        "average_pool_gradient_images",
        "average_pool_gradient_line",
    ),
    Computation("maximum of whole images", "numpy:max", "maxima_of_images maxima_gradient_of_images", runs="plan"),
    Computation(
        "batch normalization, statistics",
        "batch_normalization:channel_moments_reference",
        "moments_part finish_moments",
    ),
    Computation(
        "batch normalization", "batch_normalization:batch_normalization_reference", "scale_and_shift_of scale_part"
    ),
    Computation(
        "batch normalization, gradient",
        "batch_normalization:batch_normalization_gradient_reference",
        "gradient_sums_part finish_gradient_sums combine_part",
    ),
    Computation("layer normalization", "layer_normalization:layer_normalization_reference", "normalize_rows"),
    Computation(
        "layer normalization, gradient",
        "layer_normalization:layer_normalization_gradient_reference",
        "normalization_gradient_of_rows add_first_of_parts",
    ),
    Computation(
        "LSTM over all steps",
        "recurrence.lstm:lstm_reference",
        "pack_columns lstm_steps",
        "lstm_line",
        reason="plans multiply x and h by one matrix at each step: with the gradients below, LSTM(128) on 32×100×32 "
        "trains 1.15 times as fast as with separate products (Intel Xeon at 2.8 GHz, 2 threads)",
    ),
    Computation(
        "LSTM over all steps, gradient",
        "recurrence.lstm:lstm_gradient_reference",
        "lstm_gradient_steps",
        "lstm_gradient_line",
        reason="the gradients of W, U and b are added up in the loop, 64 rows of dz at a time",
    ),
    Computation("gates of an LSTM", "recurrence.lstm:lstm_gates", "lstm_gate_rows", "lstm_line", runs="plan"),
    Computation(
        "gates of an LSTM, gradient",
        "recurrence.lstm:lstm_gates_gradient",
        "lstm_gate_gradient_rows",
        "lstm_gradient_line",
        runs="plan",
    ),
    Computation(
        "GRU over all steps",
        "recurrence.gru:gru_reference",
        "gru_steps",
        "gru_line",
    ),
    Computation(
        "GRU over all steps, gradient",
        "recurrence.gru:gru_gradient_reference",
        "gru_gradient_steps",
        "gru_gradient_line",
    ),
    Computation(
        "SimpleRNN over all steps",
        "recurrence.simple_rnn:simple_rnn_reference",
        "simple_rnn_steps",
        "tanh_line relu_line",
    ),
    Computation(
        "SimpleRNN over all steps, gradient",
        "recurrence.simple_rnn:simple_rnn_gradient_reference",
        "simple_rnn_gradient_steps",
        "tanh_gradient_line relu_gradient_line",
    ),
    Computation("softmax", "softmax:softmax_reference", "softmax_part", "softmax_lines"),
    Computation(
        "softmax, gradient", "softmax:softmax_gradient_reference", "softmax_gradient_part", "softmax_gradient_lines"
    ),
    Computation(
        "sums over all axes but the last", "columns:column_sums_reference", "column_sums_part add_first_of_parts"
    ),
    Computation(
        "gradients of relu and bias",
        "columns:relu_and_bias_gradient_reference",
        "relu_gradient_part image_relu_gradient_part add_first_of_parts",
    ),
    Computation("axes in another order", "numpy:transpose", "transpose_column_blocks", "transpose_tile"),
    Computation(
        "product of rounded rows and integers",
        "integer_products:quantized_rows integer_products:integer_product",
        "pack_byte_panels quantize_rows byte_products",
        "multiply_bytes",
    ),
    Computation(
        "rows of a table of integers",
        "minikeras.layers.quantization.float_weights:scaled",
        "take_integer_rows row_indices_int32 row_indices_int64",
        runs="plan",
    ),
    Computation("rows of a table", "numpy:take", "row_indices_int32 row_indices_int64 take_indexed_rows"),
    Computation(
        "rows added into a table",
        "embedding:scatter_add_rows_reference",
        "add_numbered_rows row_indices_int32 row_indices_int64",
        runs="eager",
    ),
    Computation(
        "rows that raise those of a table",
        "numpy:maximum.at",
        "max_of_numbered_rows row_indices_int32 row_indices_int64",
        runs="eager",
    ),
    Computation("positions in a sorted sequence", "numpy:searchsorted", "search_chunks", runs="eager"),
    Computation("elimination with pivots", "lu_factors:lu_factor_reference", "factor_matrix", runs="eager"),
    Computation(
        "boxes that overlap no better one", "boxes:non_maximum_suppression_reference", "keep_boxes", runs="eager"
    ),
    # --- elements, for plans ------------------------------------------------------------------------------------------
    Computation("arrays of one number", "numpy:full", "fill_chunks fill_rows", runs="plan"),
    Computation("columns of a matrix", "numpy:concatenate", "put_columns take_columns", runs="plan"),
    Computation("comparisons with a number", "numpy:less numpy:greater", "less_chunks greater_chunks", runs="plan"),
    Computation(
        "equality with an integer", "numpy:equal numpy:not_equal", "equal_int32_chunks equal_int64_chunks", runs="plan"
    ),
    Computation(
        "group normalization",
        "minikeras.ops.normalization:Standardize",
        "normalize_groups gradients_of_groups",
        runs="plan",
    ),
    Computation(
        "attention",
        "attention:attention_reference",
        "attend_heads",
        "multiply_block multiply_rows scale_block softmax_lines causal_softmax_lines",
        reason=f"{CAUSAL}: 1.11 times as fast (32×64 positions, 6 heads of 16; Intel Ice Lake, 1 thread)",
    ),
    Computation(
        "attention, gradient",
        "attention:attention_gradient_reference",
        "attention_gradients_of_heads",
        "multiply_block multiply_rows scale_block softmax_lines causal_softmax_lines softmax_gradient_lines",
        reason=f"{CAUSAL}: 1.22 times as fast, as above",
    ),
    Computation("borders of zeros, and cuts", "numpy:pad numpy:ndarray.__getitem__", "pad_rows crop_rows", runs="plan"),
    Computation("repeated elements, their sums", "numpy:repeat numpy:sum", "repeat_rows sum_repeats", runs="plan"),
    Computation(
        "interpolation along an axis, and its gradient",
        "resampling:resample_reference numpy:tensordot",
        "resample_rows resample_gradient_of_blocks",
    ),
    Computation("elements chosen by a mask", "numpy:where", "select_chunks mask_chunks select_rows"),
    Computation(
        "comparisons of arrays", "numpy:equal numpy:less_equal", "compare_chunks compare_integer_chunks", runs="plan"
    ),
    Computation("logic on masks", "numpy:logical_and numpy:logical_xor", "logic_chunks", runs="plan"),
    Computation("copies of views", "numpy:copyto", "copy_lines_of_views", "copy_bytes", runs="plan"),
    Computation("stacks of matrix products", "numpy:einsum", "multiply_stack", "multiply_block", runs="plan"),
    Computation("sums along an axis", "numpy:add.reduce", "sums_of_lines sums_of_blocks", runs="plan"),
    Computation("extremes along an axis", "numpy:maximum.reduce", "extremes_of_blocks", runs="plan"),
    Computation("any and all along an axis", "numpy:any numpy:all", "agreements_of_blocks", runs="plan"),
    Computation(
        "elements at positions along an axis, their gradient",
        "numpy:take_along_axis numpy:add.at",
        "take_along_axis put_along_axis",
        runs="plan",
    ),
    Computation(
        "maxima of windows of several lengths",
        "minikeras.ops.adaptive_pooling:ArgmaxOfWindows",
        "argmax_of_windows",
        runs="plan",
    ),
    Computation(
        "gradient to all maxima of boxes", "pooling:max_pool_gradient_to_all", "put_at_all_maxima", runs="plan"
    ),
    Computation("sum of all elements", "numpy:sum", "add_lanes add_all_lanes", runs="plan"),
    Computation(
        "casts",
        "numpy:ndarray.astype",
        "casts.uint8_to_int64 casts.int32_to_int64 casts.uint8_to_float32 casts.int32_to_float32 "
        "casts.int64_to_float32 casts.int64_to_int32 casts.float32_to_int32",
        runs="plan",
    ),
    # --- losses and metrics -------------------------------------------------------------------------------------------
    Computation(
        "crossentropy of class indices",
        "crossentropy:sparse_softmax_crossentropy_reference",
        "softmax_crossentropy_rows",
        "softmax_lines",
    ),
    Computation(
        "crossentropy of class indices, gradient",
        "crossentropy:sparse_softmax_crossentropy_gradient_reference",
        "softmax_crossentropy_gradient_rows",
    ),
    Computation(
        "crossentropy of probabilities",
        "crossentropy:softmax_crossentropy_reference",
        "categorical_crossentropy_rows",
        "softmax_lines",
    ),
    Computation("crossentropy of probabilities, gradient", "numpy:subtract", "categorical_crossentropy_gradient_rows"),
    Computation("sums and means of rows", "numpy:mean", "sums_of_rows mean_of_all", runs="plan"),
    Computation("weighted means over an epoch", "numpy:average", "add_weighted loss_jobs.add_rows", runs="plan"),
    Computation(
        "accuracy",
        f"{METRICS}:sparse_categorical_accuracy {METRICS}:binary_accuracy",
        "hits_of_labels correct_per_side argmax_of_rows",
        runs="plan",
    ),
    Computation("accuracy of the top k", f"{METRICS}:sparse_top_k_categorical_accuracy", "hits_among_top", runs="plan"),
    Computation(
        "true and false positives and negatives",
        "minikeras.metrics.confusion_matrix:count_confusion",
        "count_confusion",
        runs="plan",
    ),
    # --- optimizers ---------------------------------------------------------------------------------------------------
    Computation("rows of a gradient by row", "row_updates:update_rows_reference", "chain_rows sum_chains"),
    Computation("moving averages of weights", "numpy:average", "move_averages"),
    Computation(
        "clipping of gradients",
        "minikeras.optimizers.clipping:clip_by_value minikeras.optimizers.clipping:clip_by_norm "
        "minikeras.optimizers.clipping:clip_by_global_norm",
        "clip_by_value squares_of_gradients clip_by_norm clip_by_global_norm",
    ),
    Computation("sums over a variable's chunks", "numpy:sum", "add_up"),
    Computation("constraints on norms", "minikeras.constraints.constraints:MinMaxNorm", "bound_columns", runs="plan"),
    Computation("moving statistics", "numpy:average", "move_towards", runs="plan"),
    # --- random numbers -----------------------------------------------------------------------------------------------
    Computation("Philox, words", "random.philox:philox_words_reference", "word_chunks single_blocks", runs="eager"),
    Computation("Philox, the sequence of a seed", "random.philox:sequence_reference", "scramble next_sequence"),
    Computation("uniform numbers", "random.uniform:uniform_float32_reference", "uniform_chunks", runs="eager"),
    Computation("normal numbers", "random.normal:normal_float32_reference", "normal_chunks", runs="eager"),
    Computation(
        "normal numbers, truncated",
        "random.normal:truncated_normal_float32_reference",
        "truncated_normal_chunks",
        runs="eager",
    ),
    Computation(
        "normal numbers in float64", "random.normal:normal_float64_reference", "normal_float64_chunks", runs="eager"
    ),
    Computation(
        "normal numbers in float64, truncated",
        "random.normal:truncated_normal_float64_reference",
        "truncated_normal_float64_chunks",
        runs="eager",
    ),
    Computation("gamma numbers", "random.gamma:one_gamma", "gamma_chunks", runs="eager"),
    Computation("binomial numbers", "random.binomial:binomial_samples_reference", "binomial_chunks", runs="eager"),
    Computation("Poisson numbers", "random.poisson:one_poisson", "poisson_chunks", runs="eager"),
    Computation("dropout, mask", "random.dropout:keep_mask_reference", "keep_mask_blocks"),
    Computation("dropout, values", "random.dropout:keep_scaled_reference", "keep_scaled_chunks"),
    Computation("order of samples", "random.permutation:shuffled_range_reference", "exchange", runs="eager"),
    Computation(
        "order of a shuffle buffer", "random.shuffle_buffer:shuffle_buffer_order_reference", "exchange", runs="eager"
    ),
    # --- strings ------------------------------------------------------------------------------------------------------
    Computation(
        "strings in one array",
        "strings.packed:packed_reference",
        "read_lengths copy_contents copy_rows",
        "copy_bytes",
        runs="eager",
    ),
    Computation("FarmHash of strings", "strings.farmhash:fingerprint64", "fingerprints", runs="eager"),
    Computation("SipHash of strings", "strings.siphash:siphash64", "siphashes", runs="eager"),
    Computation("integers as decimal texts", "strings.decimals:decimals_reference", "write_decimals", runs="eager"),
    Computation("strings numbered and counted", "strings.table:string_table_reference", "add_strings", runs="eager"),
    Computation("strings found in a list", "strings.table:numbers_reference", "find_strings", runs="eager"),
    Computation("texts as words", "strings.splitting:split_reference", "split_on_whitespace", runs="eager"),
    # --- files and the ways of a plan ---------------------------------------------------------------------------------
    Computation(
        "CRC-32C of a file's records",
        "record_jobs:found_reference checksum:crc32c_reference",
        ("find_records divide_parts", "divide_parts_by_words"),
        runs="eager",
        reason="processors have an instruction for eight bytes at a time: 64 records of 4 kB take 30 µs instead of 235",
    ),
    Computation(
        "features of serialized Examples",
        "minikeras.compat.tensorflow.io.example_parsing:batch_of_feature",
        "read_features",
        "copy_bytes",
        runs="eager",
    ),
    Computation(
        "batches gathered, steps counted",
        "numpy:take",
        "gather_rows copy_scalars count_step",
        "copy_bytes",
        runs="plan",
    ),
    Computation(
        "gradients of several ranks added",
        "numpy:add",
        "write_to_window add_windows add_chunk read_sums",
        runs="plan",
        reason="both forms wait for memory; as a job it needs no Python between backward and update",
    ),
    Computation(
        "jobs of a part of a prediction",
        "job_lists:run",
        "run_micro_batch",
        "copy_bytes",
        runs="plan",
        not_alone="it calls the other jobs",
    ),
]
