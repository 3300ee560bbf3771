"""What /openapi.json says against what a running machine does.

    run.py DARKROOM SCHEMATHESIS [option of `schemathesis run`…]

Starts `darkroom up` on a data folder of its own with a model to ask, signs the demo user in, uploads a few images and
lets schemathesis ask every operation of the document for what is right and for what is wrong, in the way that
schemathesis.toml says. Ends with the status that schemathesis ends with.
"""

import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "python"))
import service  # noqa: E402  (it lies beside the tests in Python)

IMAGES = HERE.parents[1] / "fixtures" / "images"
PRESET, QUERY = "card", "w=40&h=30&fit=crop"
# Small ones, so that much can be asked in little time. The first of each is the document's example.
KEPT = ("small-8.jpg", "gray-alpha.png", "animated.gif")
CHANGED = ("small-1.jpg", "small-2.png", "small-3.jpg", "small-4.png")


class Model(http.server.BaseHTTPRequestHandler):
    """SageMaker's container contract, and always the same prediction."""

    def do_GET(self):
        self.answer({})

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.answer({"label": "flower", "score": 0.5})

    def answer(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def model():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def prepare(url):
    """Signs in and uploads; returns what schemathesis.toml and hooks.py name."""
    token = service.sign_in(url)

    def upload(name):
        return service.upload(url, token, (IMAGES / name).read_bytes(), f"visibility=public&consent=training&label={name}")

    kept, changed = (",".join(map(upload, names)) for names in (KEPT, CHANGED))
    return {"DARKROOM_TOKEN": token, "DARKROOM_USER": service.USER, "DARKROOM_PASSWORD": service.PASSWORD,
            "DARKROOM_PRESET": PRESET, "DARKROOM_KEPT": kept, "DARKROOM_CHANGED": changed}


def main():
    (binary, schemathesis), options = map(os.path.abspath, sys.argv[1:3]), sys.argv[3:]
    with tempfile.TemporaryDirectory() as folder, model() as asked, service.running(binary, f"{folder}/data", "--model", f"label={asked}") as url:
        preset = ["customer", "set", "demo", "--data", f"{folder}/data", "--preset", f"{PRESET}={QUERY}"]
        subprocess.run([binary, *preset], check=True, stdout=subprocess.DEVNULL, env=service.QUIET)
        environment = os.environ | prepare(url) | {"SCHEMATHESIS_HOOKS": str(HERE / "hooks.py")}
        command = [schemathesis, "--config-file", HERE / "schemathesis.toml", "run", f"{url}/openapi.json", *options]
        raise SystemExit(subprocess.run(command, env=environment, cwd=folder).returncode)


if __name__ == "__main__":
    main()
