"""What documents are called, for those who name their files and load no document."""

DOCUMENT_NAMES = (
    "train",
    "cv",
    "predict",
    "slices",
    "classes",
    "discover",
    "compare",
    "group",
    "scores",
    "bias",
    "fairness",
    "history",
    "impact",
    "check",
    "by",
)
"""Those of `fairaudit.documents.registry.DOCUMENTS`, in its order."""
