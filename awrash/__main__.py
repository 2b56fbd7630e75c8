"""`python -m awrash --version` says which Awrash is installed; everything else is a command of Flask."""

import click

from awrash.settings import VERSION


@click.command()
@click.version_option(VERSION, prog_name="Awrash")
def main() -> None:
    """The back-office of the public-works programme Awrach: `make run` serves it, `flask --app app` does the rest."""
    click.echo(main.get_help(click.get_current_context()))


if __name__ == "__main__":
    main()
