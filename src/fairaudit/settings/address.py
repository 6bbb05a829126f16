"""Addresses of database servers: what of them may be shown, which is never the password."""

from __future__ import annotations

import re
from urllib.parse import unquote

SCHEMES = ("postgresql://", "postgres://")
"""How addresses of servers begin."""
_PASSWORD = re.compile(r"((?:ssl)?password=|;token=)[^&:;\s]+", re.IGNORECASE)


def is_address(source: str) -> bool:
    """Return whether a source is the address of a server, and no file."""
    return source.lower().startswith(SCHEMES)


def server_of(address: str) -> str:
    """Write an address without user, password and options.

    >>> server_of("postgresql://ann:secret@db.example:5433/loans?sslmode=require")
    'postgresql://db.example:5433/loans'
    """
    # In a password @, / and ? have to be written as %40 and so on; whoever has not done so must not read it here either.
    rest = address.partition("://")[2].rpartition("@")[2].partition("?")[0]
    host, slash, database = rest.partition("/")
    return f"postgresql://{host}{slash}{unquote(database)}"


def without_password(source: str) -> str:
    """Write whatever was typed as a source so that nobody reads a password in it.

    >>> without_password("postgresql://ann:secret@db/loans::people")
    'postgresql://ann@db/loans::people'
    >>> without_password("sc://host:443/;use_ssl=true;token=secret")
    'sc://host:443/;use_ssl=true;token=…'
    >>> without_password("data/a:b.csv")
    'data/a:b.csv'
    """
    bare = source
    scheme, _, rest = source.partition(":")
    if scheme.isalpha() and "@" in rest:
        user, _, host = rest.rpartition("@")
        name = user.lstrip("/")
        slashes = user[: len(user) - len(name)]
        bare = f"{scheme}:{slashes}{name.partition(':')[0]}@{host}"
    return _PASSWORD.sub(r"\1…", bare)
