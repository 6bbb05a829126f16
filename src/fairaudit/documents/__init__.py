"""The JSON documents: facts, with the types from which their schemas are generated."""
