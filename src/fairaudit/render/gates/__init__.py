"""The answers to a policy, one module for each format."""
