"""The steps in a row, for the command line and for Python users: files and frames in, documents and files out."""

from fairaudit.workflow.auditing import Audit, audit

__all__ = ["Audit", "audit"]
