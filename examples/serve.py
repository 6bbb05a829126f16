"""Score rows over HTTP: ``MODEL=fairaudit-out/model.skops uvicorn --app-dir examples serve:app``."""

import os

import pandas as pd
from fastapi import FastAPI
from fastapi.responses import JSONResponse

import fairaudit
from fairaudit.errors import FairauditError

model = fairaudit.load_model(os.environ["MODEL"])
app = FastAPI()
app.add_exception_handler(FairauditError, lambda _, wrong: JSONResponse({"detail": str(wrong)}, 422))


@app.post("/score")
def score(rows: list[dict[str, object]]) -> dict[str, object]:
    """Score rows, each a JSON object with a value for every column that the model reads."""
    scores = model.score(pd.DataFrame(rows)).tolist()
    return {"model": model.sha256, "scores": scores, "decisions": [int(s >= model.threshold) for s in scores]}
