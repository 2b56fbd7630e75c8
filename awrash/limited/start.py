"""The first lines of a limited process: its limits, then one of the modules beside it.

Run as `python start.py MODULE BYTES SECONDS`: the module reads standard input and writes its answer on standard output.
"""

import resource
import sys
from importlib import import_module
from traceback import format_tb

OUT_OF_MEMORY = 3  # the exit code of what asked for more memory than its limit


def main() -> int:
    name, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        import_module(name).answer(sys.stdin.buffer, sys.stdout.buffer)
        sys.stdout.flush()
    except (MemoryError, RecursionError):
        return OUT_OF_MEMORY
    except Exception as fault:  # its message could quote a person's number: where it happened is enough for the log
        sys.stderr.write(f"{''.join(format_tb(fault.__traceback__))}{type(fault).__name__}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
