"""Files of others are opened in a process of their own, with limits of memory and time: its end harms nobody else.

The modules beside this one run there. They import nothing of the application, so that they start in milliseconds.
"""

import logging
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

START = Path(__file__).parent / "start.py"
OUT_OF_MEMORY = 3  # the exit code that start.py gives for too much memory
# One heap for all threads: each further one would reserve 64 MB of the limit, used or not.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "RAYON_NUM_THREADS": "1"}
ENDED_BY_LIMITS = {
    OUT_OF_MEMORY,
    *(-number for number in (signal.SIGXCPU, signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV)),
}
PATIENCE = 3  # times the seconds of work allowed: the processor is shared
LOGGED = 2_000  # characters of what a process writes on its standard error

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """Bytes of memory, and seconds of a processor's work."""

    memory: int
    seconds: int


class LimitReached(Exception):
    """A process ended at its limits; `answer` is what it had written by then."""

    def __init__(self, program: str, answer: bytes) -> None:
        super().__init__(program)
        self.answer = answer


def run(program: str, content: bytes, limits: Limits) -> bytes:
    """What a module of this package answers to its input.

    LimitReached when it takes too much memory or time, RuntimeError when it fails otherwise.
    """
    command = [sys.executable, "-E", "-s", str(START), program, str(limits.memory), str(limits.seconds)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        try:
            answer, errors = process.communicate(content, timeout=limits.seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            answer, errors = process.communicate()
    if process.returncode:
        _raise(program, process.returncode, answer, errors)
    if errors:
        log.warning("%s: %s", program, _last_of(errors))
    return answer


def _raise(program: str, code: int, answer: bytes, errors: bytes) -> NoReturn:
    if code in ENDED_BY_LIMITS:
        log.warning("%s was ended at its limits (%s)", program, code)
        raise LimitReached(program, answer)
    raise RuntimeError(f"{program} ended with {code}: {_last_of(errors)}")


def _last_of(errors: bytes) -> str:
    return errors.decode(errors="replace")[-LOGGED:]
