"""The lowest priority is that of all that is started, in sessions of their own, too."""

import subprocess
import sys
from pathlib import Path

import pytest

LAST = """
import subprocess
from pathlib import Path
from experiments import niceness

niceness.be_last()
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
niceness.share(child.pid)
here = Path(f"/proc/{child.pid}")
print(here.joinpath("stat").read_text().rpartition(")")[2].split()[16])
session = here / "autogroup"
print(session.read_text() if session.exists() else "no sessions are weighed: nice 19")
subprocess.run(["ionice", "-p", str(child.pid)])
child.kill()
child.wait()
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads Linux' /proc")
def test_a_process_in_a_session_of_its_own_comes_last():
    """Linux weighs such sessions before it looks at the niceness of their processes."""
    typed = [sys.executable, "-u", "-c", LAST]
    done = subprocess.run(typed, capture_output=True, text=True, check=True, timeout=30)
    nice, session, disk = filter(None, done.stdout.splitlines())
    assert (nice, disk) == ("19", "idle") and session.endswith("nice 19")
