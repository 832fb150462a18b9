def order(inputs_of, outputs):
    found, state = [], {}
    left = [(node, False) for node in reversed(outputs)]
    while left:
        node, inputs_done = left.pop()
        if inputs_done:
            state[node] = "done"
            found.append(node)
        elif node not in state:
            state[node] = "open"
            left.append((node, True))
            for other in reversed(inputs_of[node]):
                if state.get(other) == "open":
                    raise ValueError(f"{other} needs its own result")
                left.append((other, False))
    return found
