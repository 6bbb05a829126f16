"""Train, validate, store and run binary classifiers.

Everything that the project does with scikit-learn and skops lives here. Tables come in as pandas frames and
scores go out as arrays; nothing here knows of groups or fairness, and only ``store`` touches a file.
"""
