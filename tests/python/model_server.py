#!/usr/bin/env python3
"""A model that keeps SageMaker's container contract: the mean colour of an image.

GET /ping answers 200. POST /invocations takes an image (image/jpeg, image/png, image/webp or
application/x-image) and answers {"width": ..., "height": ..., "mean": [r, g, b]}: the mean of the sRGB values,
0 to 255, of all pixels as stored, without EXIF rotation.
415 for another content type, 400 for bytes that are not an image, 404 elsewhere.

    model_server.py [--port 9000]      port 0: any free one; the port is the first line on stdout
"""

import argparse
import io
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image, ImageStat, UnidentifiedImageError

IMAGE_TYPES = {"image/jpeg", "image/png", "image/webp", "application/x-image"}


def predict(content):
    """The answer for one image's bytes; OSError or ValueError when they are not an image."""
    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
        mean = ImageStat.Stat(image.convert("RGB")).mean
    return {"width": width, "height": height, "mean": mean}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200 if self.path == "/ping" else 404, {})

    def do_POST(self):
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/invocations":
            return self.answer(404, {"error": f"{self.path}: expected /invocations"})
        content_type = self.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if content_type not in IMAGE_TYPES:
            expected = ", ".join(sorted(IMAGE_TYPES))
            return self.answer(415, {"error": f"content type {content_type or 'absent'}: expected one of {expected}"})
        try:
            return self.answer(200, predict(content))
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
            return self.answer(400, {"error": f"not an image: {error}"})

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Quiet: the test that runs it reads its stdout for the port."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9000)
    server = ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
