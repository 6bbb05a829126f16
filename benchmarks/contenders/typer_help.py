"""The least that typer and rich take to show a page of help."""

import typer


def hello(name: str) -> None:
    """Say hello."""
    typer.echo(f"Hello {name}")


if __name__ == "__main__":
    typer.run(hello)
