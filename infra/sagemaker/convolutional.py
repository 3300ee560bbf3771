"""A small convolutional network, trained by PyTorch where it is installed, on a GPU where there is one."""

import numpy
import torch
from torch import nn

from network import Layers, normalised

BATCH = 64
RATE, DECAY = 2e-3, 1e-3


def stack(channels, classes):
    """Three halvings, a mean over what is left, and a class."""
    layers, before = [], 3
    for after in (channels, 2 * channels, 4 * channels):
        layers += [nn.Conv2d(before, after, 5, padding=2), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
        before = after
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))


def train(train_set, validation_set, classes, given):
    """The network, and what was chosen: the pass over the images after which the validation split was told best."""
    torch.manual_seed(given.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = stack(given.channels, len(classes)).to(device)
    images, numbers = tensors(train_set, device)
    steps = given.epochs * (len(train_set) // BATCH + 1)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    best = (-1.0, 0, None)
    for epoch in range(given.epochs):
        network.train()
        for some in torch.randperm(len(train_set), device=device).split(BATCH):
            loss = nn.functional.cross_entropy(network(varied(images[some])), numbers[some], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        score = accuracy(network, validation_set, device) if len(validation_set) else float(epoch)
        if score >= best[0]:
            best = (score, epoch + 1, {name: value.clone() for name, value in network.state_dict().items()})
    network.load_state_dict(best[2])
    return exported(network.eval().cpu(), given.edge, len(classes)), {"epoch": best[1], "device": device.type}


def tensors(split, device):
    return torch.from_numpy(normalised(split.pixels)).to(device), torch.from_numpy(split.numbers).to(device)


def varied(images):
    """Turned and reflected by chance, all of a batch alike, and moved by a few pixels."""
    turns, down, right = (int(torch.randint(low, high, ())) for low, high in ((0, 4), (-4, 5), (-4, 5)))
    images = torch.rot90(images, turns, (2, 3)).roll((down, right), (2, 3))
    return images.flip(3) if torch.rand(()) < 0.5 else images


@torch.no_grad()
def accuracy(network, split, device):
    network.eval()
    images, numbers = tensors(split, device)
    told = torch.cat([network(some).argmax(1) for some in images.split(BATCH)])
    return (told == numbers).float().mean().item()


def exported(network, edge, classes):
    """The layers as ONNX, each convolution with the normalisation after it in one."""
    layers = Layers()
    parts = list(network)
    for part, following in zip(parts, [*parts[1:], None]):
        if isinstance(part, nn.Conv2d):
            part = nn.utils.fuse_conv_bn_eval(part, following)
            layers.add("Conv", array(part.weight), array(part.bias), kernel_shape=[5, 5], pads=[2, 2, 2, 2])
        elif isinstance(part, nn.ReLU):
            layers.add("Relu")
        elif isinstance(part, nn.MaxPool2d):
            layers.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        elif isinstance(part, nn.AdaptiveAvgPool2d):
            layers.add("GlobalAveragePool").add("Flatten")
        elif isinstance(part, nn.Linear):
            layers.add("Gemm", array(part.weight), array(part.bias), transB=1).add("Softmax", axis=1)
    return layers.model(edge, "probabilities", classes)


def array(parameter):
    return parameter.detach().numpy().astype(numpy.float32)
