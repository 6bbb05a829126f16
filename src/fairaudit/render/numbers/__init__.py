"""The numbers of documents for programs that keep them: Prometheus, DVC, MLflow."""
