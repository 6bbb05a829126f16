"""What a person may choose, whether on the command line, in a file or in Python."""
