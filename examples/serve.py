"""Score rows over HTTP: ``MODEL=fairaudit-out/model.skops uvicorn --app-dir examples serve:app``."""

import os
from typing import Any

import pandas as pd
from fastapi import FastAPI, HTTPException

import fairaudit
from fairaudit.errors import FairauditError

model = fairaudit.load_model(os.environ["MODEL"])
app = FastAPI()


@app.post("/score")
def score(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Score rows, each a JSON object with a value for every column that the model reads."""
    try:
        scores = model.score(pd.DataFrame(rows))
    except FairauditError as error:
        raise HTTPException(422, str(error)) from error
    decisions = (scores >= model.threshold).astype(int)
    return {"model": model.sha256, "scores": scores.tolist(), "decisions": decisions.tolist()}
