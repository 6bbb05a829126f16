"""What changed between two sets of predictions: rates, shares and scores."""
