"""Starts the server for a test, and stops it."""
import os
import re
import shutil
import signal
import subprocess
import tempfile


def repository(models, *names):
    """A folder with copies of some of the tests' files."""
    folder = tempfile.mkdtemp(prefix="etch-server-")
    for name in names:
        shutil.copy(os.path.join(models, name), folder)
    return folder


class Server:
    def __init__(self, program, models, *flags):
        self.process = subprocess.Popen(
            [program, "--models", models, "--port", "0", *flags],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.port = None
        log = []
        for line in self.process.stdout:
            log.append(line)
            if match := re.match(r"listening on http://.*:(\d+)", line):
                self.port = int(match.group(1))
                break
        self.log = "".join(log)
        if self.port is None:
            raise RuntimeError("the server did not start:\n" + self.log)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.stop()

    def status_kb(self, what):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(rf"{what}:\s+(\d+)", status.read()).group(1))

    def memory_kb(self):
        return self.status_kb("VmRSS")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self, timeout=60):
        """Asks it to stop; it must end well, which a sanitizer's findings prevent."""
        self.terminate()
        return self.wait(timeout)

    def wait(self, timeout=60):
        output, _ = self.process.communicate(timeout=timeout)
        assert self.process.returncode == 0, f"exit code {self.process.returncode}:\n{output}"
        return output
