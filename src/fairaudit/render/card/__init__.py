"""The model card, for people and for machines."""
