"""The command `multipolar`: interrupts end it at once, cleanly, whatever it is doing."""

import os
import signal
import sys


def _interrupted(*_: object) -> None:
    # Raising would be swallowed inside callbacks of the numerical libraries; files are whole or absent anyway.
    if files := sys.modules.get("multipolar._files"):
        files.discard_unfinished()
    os._exit(130)


def main() -> None:
    """Entry point of the command."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupted)
    from multipolar.cli import main as command

    command()


if __name__ == "__main__":
    main()
