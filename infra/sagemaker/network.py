"""Networks as ONNX: what is trained here, what serves them, and what they say of themselves.

One input, `image`: float32 [N, 3, height, width], red, green and blue, (level / 255 - mean) / std. One output,
`probabilities`: float32 [N, classes].
"""

import json

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from channels import Unusable

# What is read everywhere: by Rust's tract, by onnxruntime of the last years.
OPSET, IR_VERSION = 17, 8
MEAN, STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)
BATCH = 64
# Between the probabilities of a trained model and those of its ONNX.
APART_MAX = 1e-4


class Layers:
    """A chain of layers, each of which takes what the one before it gives."""

    def __init__(self):
        self.nodes, self.weights, self.last = [], [], "image"

    def add(self, operator, *weights, **attributes):
        names = [f"{operator.lower()}_{len(self.nodes)}_{number}" for number in range(len(weights))]
        self.weights += [numpy_helper.from_array(numpy.ascontiguousarray(weight, numpy.float32), name)
                         for name, weight in zip(names, weights)]
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [self.last, *names], [output], name=output, **attributes))
        self.last = output
        return self

    def model(self, edge, output, outputs):
        """The whole, whose last layer gives `outputs` numbers under the name `output`."""
        nodes = [*self.nodes, helper.make_node("Identity", [self.last], [output], name=output)]
        images = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, edge, edge])
        numbers = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", outputs])
        graph = helper.make_graph(nodes, "darkroom", [images], [numbers], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        model.producer_name = "darkroom"
        onnx.checker.check_model(model, full_check=True)
        return model


def declared(model, edge, classes, **about):
    """The model with what it says of itself; all of it is text."""
    rendition = f"w={edge},h={edge},fit=cover,enlarge=1,bg=ffffff,fm=png,meta=none"
    told = {"input_width": edge, "input_height": edge, "mean": MEAN, "std": STD, "classes": classes}
    told = {name: json.dumps(value, ensure_ascii=False) for name, value in told.items()}
    helper.set_model_props(model, told | {"rendition": rendition} | {name: str(value) for name, value in about.items()})
    return model


def normalised(images):
    """What a network takes of images of [N, height, width, 3] levels."""
    levels = images.astype(numpy.float32) / 255
    return ((levels - numpy.float32(MEAN)) / numpy.float32(STD)).transpose(0, 3, 1, 2)


def run(model, images):
    """What a network gives for images, a batch at a time."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    batches = [images[at : at + BATCH] for at in range(0, len(images), BATCH)]
    return numpy.concatenate([session.run(None, {"image": normalised(batch)})[0] for batch in batches])


def hold_gives(model, images, expected):
    """Refuses a network that does not give what the model gives that it was written from."""
    apart = numpy.abs(run(model, images) - expected).max()
    # Written so that a difference that is no number is refused.
    if not apart <= APART_MAX:
        raise Unusable(f"Probabilities of model.onnx are {apart:.2g} from the trained model's; it is not written.")
