"""Counts into metrics: what each means, its value and its interval."""

from fairaudit_cli import refuse_other_package

# The program that is called fairaudit on PyPI has a module of this name, too, and finds this one in its place where both are installed.
refuse_other_package()
