"""What Pillow makes of an original, and how alike two pictures are.

Pillow shares no code with the resizer but libjpeg-turbo and libwebp: its orientation, colour conversion and
Lanczos filter are its own, so agreement means that both are right.
"""

import io

import numpy as np
from PIL import Image, ImageCms, ImageOps


def upright(original_bytes):
    """The first frame, upright, in sRGB, as RGB or (where something is transparent) RGBA."""
    image = Image.open(io.BytesIO(original_bytes))
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("RGB")


def resized(image, size):
    """Lanczos, with alpha premultiplied meanwhile."""
    if image.mode == "RGBA":
        return image.convert("RGBa").resize(size, Image.LANCZOS).convert("RGBA")
    return image.resize(size, Image.LANCZOS)


def reference(original_bytes, width, height=None):
    """The original as `w=width` (or, with a height, `fit=fill`) should show it."""
    image = upright(original_bytes)
    if height is None:
        height = max(1, int(image.height * width / image.width + 0.5))
    return resized(image, (width, height))


def luma(image):
    """Brightness by ITU-R BT.601, 0 to 255; transparent parts over mid-grey."""
    if image.mode == "RGBA":
        grey = Image.new("RGBA", image.size, (128, 128, 128, 255))
        image = Image.alpha_composite(grey, image)
    return np.asarray(image.convert("RGB"), np.float64) @ (0.299, 0.587, 0.114)


def ssim(a, b):
    """Mean structural similarity of two images' luma; 1 is equal.

    Wang, Bovik, Sheikh, Simoncelli: "Image quality assessment: from error visibility to structural similarity",
    IEEE Transactions on Image Processing 13 (2004): Gaussian window of 11, sigma 1.5, K1 0.01, K2 0.03.
    """
    if a.size != b.size:
        raise ValueError(f"sizes differ: {a.size} and {b.size}")
    x, y = luma(a), luma(b)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_x, mean_y = blurred(x), blurred(y)
    var_x, var_y = blurred(x * x) - mean_x**2, blurred(y * y) - mean_y**2
    covariance = blurred(x * y) - mean_x * mean_y
    likeness = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    likeness /= (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    return float(likeness.mean())


def blurred(plane):
    """Only where the window fits entirely."""
    taps = np.exp(-np.arange(-5, 6) ** 2 / (2 * 1.5**2))
    taps /= taps.sum()
    for axis in (0, 1):
        plane = np.apply_along_axis(np.convolve, axis, plane, taps, mode="valid")
    return plane
