"""Starts and stops a real server for tests: on a free port of 127.0.0.1, in a directory of the caller's."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time


class Server:
    def __init__(self, dolmen, directory=None, options=(), env=None):
        self.dolmen = os.path.abspath(dolmen)
        self.directory = directory or tempfile.mkdtemp(prefix="dolmen-test-")
        self.options = list(options)
        self.env = dict(os.environ, **(env or {}))
        self.process = None
        self.port = 0
        self.log = os.path.join(self.directory, "server.log")
        self.data = os.path.join(self.directory, "data")

    @property
    def uri(self):
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def start(self, timeout=120):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.dolmen, "server", "--data-dir", self.data, "--port", "0", *self.options],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=self.env)
        os.set_blocking(self.process.stdout.fileno(), False)
        seen, end = b"", time.monotonic() + timeout
        while time.monotonic() < end:
            seen += self.process.stdout.read() or b""
            found = re.search(rb"Listening on 127\.0\.0\.1:(\d+)", seen)
            if found:
                self.port = int(found.group(1))
                return self
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode} at start:\n{self.tail()}")
            time.sleep(0.01)
        self.kill()
        raise RuntimeError(f"the server does not listen after {timeout} s:\n{self.tail()}")

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        """When all was well an orderly stop, and nothing stays behind; else what the server had to say."""
        if kind is None:
            self.stop()
            shutil.rmtree(self.directory)
        else:
            self.kill()
            print(f"the end of {self.log}:\n{self.tail(150)}", file=sys.stderr)

    def tail(self, n=60):
        with open(self.log, errors="replace") as f:
            return "".join(f.readlines()[-n:])

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait()
            self.process.stdout.close()

    def stop(self, timeout=120):
        """An orderly stop; anything but exit status 0 and a quiet sanitizer is an error."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"the server does not stop:\n{self.tail()}") from None
        self.process.stdout.close()
        if status != 0:
            raise RuntimeError(f"the server stopped with status {status}:\n{self.tail(200)}")
        self.check_log()

    def check_log(self):
        with open(self.log, errors="replace") as f:
            text = f.read()
        for sign in ("AddressSanitizer", "runtime error:", "LeakSanitizer", "ThreadSanitizer"):
            if sign in text:
                raise RuntimeError(f"the server's log has a finding of a sanitizer:\n{text[-8000:]}")
