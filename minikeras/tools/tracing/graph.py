"""The network as a graph, drawn from a recorded step: boxes for layers, for ops between them, the batch and the loss.

So every model has one, even if its `call` is Python, and it shows what has run. Nested models are frames.
"""

from minikeras.tools.tracing.records import FORWARD, LOSS
from minikeras.utils.plotting.diagram import Box, Frame
from minikeras.utils.plotting.layout import lay_out
from minikeras.utils.plotting.svg import path_maker

LETTER, PADDING, MIN_WIDTH, HEIGHT = 7.4, 26, 124, 48
MAX_BOXES = 1500


def graph_of(step):
    """{"width", "height", "boxes", "frames", "arrows"} of a `StepRecord`, with positions, as the page draws it.

    A box has "layer" (index among the layer calls), "event" or "value", which a click leads to, and "from", the titles
    of the boxes whose arrows end at it, for screen readers.
    """
    drawing = _Drawing(step)
    sizes = {key: (_width(about), HEIGHT) for key, about in drawing.about.items()}
    picture = lay_out(drawing.root, sizes)
    path = path_maker("curved")
    rounded = lambda r: {"x": round(r.x), "y": round(r.y), "w": round(r.width), "h": round(r.height)}  # noqa: E731
    return {
        "width": round(picture.width),
        "height": round(picture.height),
        "boxes": [{**drawing.about[key], **rounded(place)} for key, place in picture.boxes.items()],
        "frames": [{"name": name, **rounded(place)} for name, place in picture.frames],
        "arrows": [path(arrow, False) for arrow in picture.arrows],
    }


def _width(about):
    return max(MIN_WIDTH, PADDING + LETTER * max(len(about["title"]), 0.9 * len(about["text"])))


class _Drawing:
    """Boxes, in the order in which they ran, and arrows from where a value was made to where it is used."""

    def __init__(self, step):
        self.step = step
        self.root = Frame("")
        self.about = {}
        self.makers = {}  # number of a value -> key of the box that made it
        self.frames = {}  # key of a box -> the frames that it is in, the outermost first
        self._batch()
        self._calls()

    def _add(self, frames, key, title, text, inputs, outputs, **target):
        self.about[key] = {"title": title, "text": text, "from": [], **target}
        self.frames[key] = frames
        frames[-1].items.append(Box(key, None, ""))
        for number in inputs:
            maker = self.makers.get(number)
            if maker is not None and maker != key:
                arrows = self._common_frame(maker, key).arrows
                if (maker, key) not in arrows:
                    arrows.append((maker, key))
                    self.about[key]["from"].append(self.about[maker]["title"])
        for number in outputs:
            if number is not None:
                self.makers.setdefault(number, key)

    def _common_frame(self, one, other):
        """The innermost frame that contains both boxes, to which their arrow belongs."""
        pairs = zip(self.frames[one], self.frames[other], strict=False)
        return [frame for frame, also in pairs if frame is also][-1]

    def _batch(self):
        for value in self.step.values:
            if value.origin[0] == "batch" or (value.origin[0] == "constant" and value.name in ("x", "y_true")):
                key = f"value {value.number}"
                self._add([self.root], key, value.name, str(value.shape), [], [value.number], value=value.number)

    def _calls(self):
        """Go through layer calls and events in order; events inside a layer that is no model are part of its box."""
        calls = list(enumerate(self.step.layers))
        frames = [(self.root, len(self.step.events))]  # open frames, with the event at which each ends
        position = event = 0
        while len(self.about) < MAX_BOXES:
            while len(frames) > 1 and event >= frames[-1][1]:
                frames.pop()
            within = [frame for frame, _ in frames]
            if position < len(calls) and calls[position][1].first <= event:
                number, call = calls[position]
                position += 1
                if call.is_model:
                    frames.append((self._frame(within[-1], call), call.last))
                    continue
                self._layer(within, number, call)
                event = call.last
                while position < len(calls) and _is_inside(calls[position][1], call):
                    position += 1
            elif event < len(self.step.events):
                self._event(within, self.step.events[event])
                event += 1
            else:
                break

    def _frame(self, outer, call):
        """The frame of a model's call; the outermost model has none of its own."""
        if call.depth == 0:
            return outer
        outer.items.append(Frame(call.path))
        return outer.items[-1]

    def _layer(self, frames, number, call):
        shape = self.step.values[call.outputs[0]].shape if call.outputs else ()
        key, name = f"layer {number}", call.path.rpartition("/")[2]
        self._add(frames, key, name, f"{call.kind} {shape}", call.inputs, call.outputs, layer=number)
        inside = self.step.events[call.first : call.last]  # a crossentropy may take the logits of a softmax
        self.makers.update({value: key for e in inside for value in e.outputs if value is not None})

    def _event(self, frames, event):
        if event.kind != "op" or event.phase not in (FORWARD, LOSS):
            return
        shape = self.step.values[event.outputs[0]].shape
        inputs = [number for number in event.inputs if number is not None]
        self._add(frames, f"event {event.number}", event.name, str(shape), inputs, event.outputs, event=event.number)


def _is_inside(call, outer):
    return call.last <= outer.last and call.depth > outer.depth
