"""A headless Chromium, spoken to over a pipe (the DevTools protocol) with nothing but Python's library."""

import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
PLACES = ["/Applications/Chromium.app/Contents/MacOS/Chromium",
          "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"]
SECONDS_MAX = 60


def find():
    """The path of a browser that answers, or None and why. One out of a snap sees no file that a test writes."""
    named = os.environ.get("POMONA_CHROMIUM")
    for name in [named] if named else NAMES + PLACES:
        path = shutil.which(name)
        if path is None or "snap" in pathlib.Path(path).resolve().parts:
            continue
        try:
            done = subprocess.run([path, "--version"], stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=SECONDS_MAX, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and b"Chrom" in done.stdout:
            return path, None
    return None, "no Chromium is installed (tools/setup --dev installs one)"


class Browser:
    def __init__(self, path):
        self.home = tempfile.mkdtemp(prefix="pomona-browser-")
        to_read, self.to = os.pipe()
        self.back, from_write = os.pipe()
        # Out of the way of 3 and 4, where the browser looks for its ends.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 64) for end in (to_read, from_write)]

        def put_ends():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        environment = dict(os.environ, HOME=self.home)
        self.process = subprocess.Popen(
            [path, *FLAGS, "--user-data-dir=" + self.home + "/data", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=put_ends, env=environment, start_new_session=True)
        for end in (to_read, from_write, *ends):
            os.close(end)
        self.pending = b""
        self.number = 0
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(domain + ".enable")

    def close(self):
        """Asks it to end; where it does not, ends its group, which is of its own processes only."""
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(timeout=SECONDS_MAX)
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        shutil.rmtree(self.home, ignore_errors=True)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self.to, rest):]
        while True:
            answer = self.receive()
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']['message']}")
            else:
                return answer["result"]

    def receive(self):
        end = time.monotonic() + SECONDS_MAX
        while b"\0" not in self.pending:
            if not select.select([self.back], [], [], max(0, end - time.monotonic()))[0]:
                raise RuntimeError("the browser does not answer")
            piece = os.read(self.back, 1 << 20)
            if not piece:
                raise RuntimeError("the browser ended")
            self.pending += piece
        message, self.pending = self.pending.split(b"\0", 1)
        return json.loads(message)

    def open(self, file):
        """Opens the page, and waits until all of it is there."""
        self.events.clear()
        self.call("Page.navigate", url=pathlib.Path(file).resolve().as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    def requests(self):
        return [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]

    def complaints(self):
        return [event["params"]["entry"]["text"] for event in self.events
                if event.get("method") == "Log.entryAdded"]

    def look(self, width, height, dark=False, paper=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media="print" if paper else "screen",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def ask(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def picture(self):
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def print(self):
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True,
                                          preferCSSPageSize=True)["data"])
