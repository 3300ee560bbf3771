"""The originals of bench.py, made of one CC0 photograph (fixtures/fetch_large.sh): inputs.py FOLDER."""

import io
import pathlib
import sys

from PIL import Image, ImageCms, ImageDraw, ImageFilter

ROOT = pathlib.Path(__file__).parents[3]
SOURCE = ROOT / "target" / "fixtures" / "seeding-16mp.jpg"
CMYK = ROOT / "fixtures" / "images" / "cmyk-profile.jpg"
DISPLAY_P3 = ROOT / "fixtures" / "images" / "display-p3.jpg"
ORIENTATION = 0x0112


def profile_of(path):
    with Image.open(path) as image:
        return image.info["icc_profile"]


def in_profile(image, icc):
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    return ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), profile)


def sideways(image):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return image.transpose(Image.Transpose.ROTATE_90), exif


def with_hole(image):
    mask = Image.new("L", image.size, 0)
    width, height = image.size
    ImageDraw.Draw(mask).ellipse((width // 8, height // 8, width * 7 // 8, height * 7 // 8), fill=255)
    return Image.merge("RGBA", (*image.split(), mask.filter(ImageFilter.GaussianBlur(20))))


def moving(image, frames):
    small = image.resize((960, 540), Image.Resampling.LANCZOS)
    return [small.crop((x, 135, x + 480, 405)) for x in range(0, frames * 20, 20)]


def inputs(folder):
    source = Image.open(SOURCE).convert("RGB")
    at = {pixels: source.resize(size, Image.Resampling.LANCZOS)
          for pixels, size in {12: (4608, 2592), 8: (3840, 2160), 4: (2730, 1536), 2: (1920, 1080)}.items()}
    jpeg = {"quality": 92, "subsampling": "4:2:0"}
    source.save(folder / "j16.jpg", **jpeg)
    source.save(folder / "j16-422.jpg", quality=92, subsampling="4:2:2")
    (folder / "j16-progressive.jpg").write_bytes(SOURCE.read_bytes())
    turned, exif = sideways(source)
    turned.save(folder / "j16-sideways.jpg", exif=exif, **jpeg)
    at[8].save(folder / "j8.jpg", **jpeg)
    at[2].save(folder / "j2.jpg", **jpeg)
    p3, inks = profile_of(DISPLAY_P3), profile_of(CMYK)
    in_profile(at[8], p3).save(folder / "j8-p3.jpg", icc_profile=p3, **jpeg)
    # The profile leads from inks to colours and not back; any amounts of ink do.
    at[8].convert("CMYK").save(folder / "j8-cmyk.jpg", icc_profile=inks, quality=92)
    at[12].save(folder / "p12.png")
    with_hole(at[2]).save(folder / "p2-alpha.png")
    at[4].save(folder / "w4.webp", quality=85)
    at[4].save(folder / "a4.avif", quality=70)
    first, *others = moving(source, 24)
    first.save(folder / "g24.gif", save_all=True, append_images=others, duration=80, loop=0)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    if not (target / "g24.gif").exists():
        target.mkdir(parents=True, exist_ok=True)
        inputs(target)
