"""Files of others are opened in a process of its own, with limits of memory and time; when it dies, nobody notices.

The modules beside this one run there. They import nothing of the application, so that they begin in milliseconds.
"""

import logging
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

START = Path(__file__).parent / "start.py"
BEYOND = 3  # the exit code that start.py gives for too much memory
# One heap for all threads: each further one would reserve 64 MB of the limit, used or not.
SURROUNDINGS = {"MALLOC_ARENA_MAX": "1", "RAYON_NUM_THREADS": "1"}
ENDED_BY_LIMITS = {BEYOND, *(-one for one in (signal.SIGXCPU, signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV))}
WAITED = 3  # times the seconds of work allowed: other people's work goes on beside it

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """Bytes of memory, and seconds of a processor's work."""

    memory: int
    seconds: int


class LimitReached(Exception):
    """A process ended at its limits; `answer` is what it had told by then."""

    def __init__(self, program: str, answer: bytes) -> None:
        super().__init__(program)
        self.answer = answer


def run(program: str, given: bytes, limits: Limits) -> bytes:
    """The answer of a module of this package to what it is given; LimitReached when it wanted too much."""
    command = [sys.executable, "-E", "-s", str(START), program, str(limits.memory), str(limits.seconds)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=SURROUNDINGS
    ) as process:
        try:
            answer, complaint = process.communicate(given, timeout=limits.seconds * WAITED)
        except subprocess.TimeoutExpired:
            process.kill()
            answer, complaint = process.communicate()
    if process.returncode:
        _ended(program, process.returncode, answer, complaint)
    if complaint:
        log.warning("%s: %s", program, complaint.decode(errors="replace")[-2000:])
    return answer


def _ended(program: str, code: int, answer: bytes, complaint: bytes) -> NoReturn:
    if code in ENDED_BY_LIMITS:
        log.warning("%s was ended at its limits (%s)", program, code)
        raise LimitReached(program, answer)
    raise RuntimeError(f"{program} ended with {code}: {complaint.decode(errors='replace')[-2000:]}")
