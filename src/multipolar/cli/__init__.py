"""The command line. Parses, calls the library, prints; holds no logic of its own.

Exit codes: 0 done; 1 unexpected failure; 2 bad input or usage; 3 no certified equilibrium; 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from multipolar import __version__
from multipolar.cli import _alignment, _energy, _exposure, _scenarios, _settlement, _strategy, _war, _worlds
from multipolar.cli._shared import err, out
from multipolar.errors import InfeasibleError, MultipolarError, NotConvergedError

app = typer.Typer(
    help="Who gains, who pays, who depends on whom: sanctions and trade policy in general equilibrium.\n\n"
    "Exit codes: 0 done, 2 bad input, 3 no certified equilibrium, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)


def _version(value: bool) -> None:
    if value:
        out.print(f"multipolar {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    pass


for commands in (_scenarios, _worlds, _alignment, _energy, _exposure, _strategy, _war, _settlement):
    commands.register(app)


def main() -> None:
    """Entry point of the command `multipolar`."""
    try:
        app(standalone_mode=False)
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except typer.Abort:
        sys.exit(130)
    except (NotConvergedError, InfeasibleError) as error:
        _fail(str(error), 3)
    except MultipolarError as error:
        _fail(str(error), 2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # Usage errors of the command-line library carry their own exit code and one-line message.
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            _fail(f"{error.format_message()} Try multipolar --help.", 2)  # type: ignore[attr-defined]
        if isinstance(error, OSError):
            _fail(f"{error.filename or ''}: {error.strerror or error}", 2)
        raise


def _fail(message: str, code: int) -> None:
    err.print(
        f"[bold red]error:[/bold red] {message}" if "[" not in message else message, markup="[" not in message
    )
    sys.exit(code)
