"""A small convolutional network, trained by PyTorch where it is installed, on a GPU where there is one.

Batches are normalised (S. Ioffe, C. Szegedy, Batch Normalization, 2015), the rate rises and falls (L. Smith, N. Topin,
Super-Convergence, 2018), and of each filter of the last layer the largest response counts, wherever it is (M. Oquab and
others, Is Object Localization for Free?, 2015).
"""

import copy

import numpy
import torch
from torch import nn
from torch.nn import functional

from network import Layers, normalised

BATCH = 32
RATE, DECAY = 2e-3, 1e-3
# Of the edge: how far an image is moved at most.
MOVED = 1 / 16


def stack(channels, classes, edge):
    """Two halvings, the largest of what is left, and a class."""
    layers, before = [], 3
    for after, pool in ((channels, 2), (2 * channels, 2), (4 * channels, edge // 4)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(pool)]
        before = after
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(before, classes))


def train(train_set, validation_set, classes, given):
    """The network; the pass over the images after which the validation split's loss was least, without one the last;
    and what it answers."""
    torch.manual_seed(given.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = stack(given.channels, len(classes), given.edge).to(device)
    steps = given.epochs * -(-len(train_set) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    least, best, weights = float("inf"), given.epochs, None
    for epoch in range(1, given.epochs + 1):
        network.train()
        for some in torch.randperm(len(train_set)).split(BATCH):
            images = varied(tensor(train_set.pixels[some.numpy()], device), given.turns)
            numbers = torch.from_numpy(train_set.numbers[some.numpy()]).to(device)
            optimizer.zero_grad()
            functional.cross_entropy(network(images), numbers).backward()
            optimizer.step()
            schedule.step()
        now = loss(network, validation_set, device) if len(validation_set) else None
        if now is not None and now < least:
            least, best, weights = now, epoch, copy.deepcopy(network.state_dict())
    if weights is not None:
        network.load_state_dict(weights)
    network = network.cpu().eval()

    def answers(images):
        return probabilities(network, images, torch.device("cpu"))

    return exported(network, given.edge, len(classes)), {"epoch": best, "device": device.type}, answers


def tensor(images, device):
    return torch.from_numpy(numpy.ascontiguousarray(normalised(images))).to(device)


def varied(images, turns):
    """Each as it might have been: mirrored, moved by a few pixels, where `turns` is 4 in any quarter turn."""
    count, edge = len(images), images.shape[-1]
    most = max(1, round(edge * MOVED))
    padded = functional.pad(images, [most] * 4, mode="replicate")
    down, right = torch.randint(2 * most + 1, (2, count)).tolist()
    mirrored, turned = torch.randint(2, (count,)).tolist(), torch.randint(turns, (count,)).tolist()
    moved = [padded[at, :, y : y + edge, x : x + edge] for at, (y, x) in enumerate(zip(down, right))]
    moved = [image.flip(2) if mirror else image for image, mirror in zip(moved, mirrored)]
    return torch.stack([torch.rot90(image, turn, (1, 2)) for image, turn in zip(moved, turned)])


@torch.no_grad()
def probabilities(network, images, device):
    network.eval()
    batches = [tensor(images[at : at + BATCH], device) for at in range(0, len(images), BATCH)]
    return numpy.concatenate([functional.softmax(network(batch), 1).cpu().numpy() for batch in batches])


def loss(network, split, device):
    told = probabilities(network, split.pixels, device)[numpy.arange(len(split)), split.numbers]
    return -numpy.log(numpy.maximum(told, 1e-12)).mean()


def exported(network, edge, classes):
    """The layers as ONNX, each convolution with the normalisation after it in one."""
    layers, parts = Layers(), list(network)
    for part, following in zip(parts, [*parts[1:], None]):
        if isinstance(part, nn.Conv2d):
            part = nn.utils.fuse_conv_bn_eval(part, following)
            layers.add("Conv", array(part.weight), array(part.bias), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        elif isinstance(part, nn.ReLU):
            layers.add("Relu")
        elif isinstance(part, nn.MaxPool2d):
            layers.add("MaxPool", kernel_shape=[part.kernel_size] * 2, strides=[part.stride] * 2)
        elif isinstance(part, nn.Linear):
            layers.add("Flatten").add("Gemm", array(part.weight), array(part.bias), transB=1).add("Softmax", axis=1)
    return layers.model(edge, "probabilities", classes)


def array(parameter):
    return parameter.detach().numpy().astype(numpy.float32)
