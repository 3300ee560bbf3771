"""Pictures, no two alike, and whether a rendition shows the one that it should."""

import io
import random

import numpy as np
from PIL import Image

SIZES = ((320, 200), (640, 480), (1280, 853))
# Each is so many squares of chance colours across and down, made soft.
SQUARES = 16
# Mean distance of the squares, of 255: encoding and resizing cost up to 20, of another picture it is 80.
DISTANCE_MAX = 40


def squares(seed):
    return Image.frombytes("RGB", (SQUARES, SQUARES), random.Random(seed).randbytes(SQUARES * SQUARES * 3))


def picture(seed):
    """A JPEG."""
    file = io.BytesIO()
    size = SIZES[seed % len(SIZES)]
    squares(seed).resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=88)
    return file.getvalue()


def shows(body, seed):
    """Whether a file shows the picture."""
    try:
        shown = Image.open(io.BytesIO(body)).convert("RGB").resize((SQUARES, SQUARES), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError):
        return False
    return np.abs(np.asarray(shown, int) - np.asarray(squares(seed), int)).mean() < DISTANCE_MAX
