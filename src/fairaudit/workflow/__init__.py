"""The steps in a row, for the command line and for Python users: files and frames in, documents and files out."""
