"""The service of the examples: it scores as ``predict`` does, and says what is wrong with rows."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pandas as pd
import pytest

import fairaudit

EXAMPLE = Path(__file__).parents[2] / "examples" / "serve.py"


def test_it_has_thirteen_lines() -> None:
    docstrings = re.compile(r'"""[^"]*"""')
    assert len([line for line in docstrings.sub("", EXAMPLE.read_text()).splitlines() if line.strip()]) <= 13


def test_it_scores_rows_and_refuses_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi.testclient import TestClient

    people = pd.DataFrame(
        {
            "paid": [0, 1, 1, 0] * 30,
            "income": [i * 37 % 101 / 2 for i in range(120)],
            "city": ["Oslo", "Bodø", "Bergen"] * 40,
        }
    )
    fairaudit.train(people, target="paid", out=tmp_path)
    monkeypatch.setenv("MODEL", str(tmp_path / "model.skops"))
    spec = importlib.util.spec_from_file_location("serve", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with TestClient(module.app) as client:
        rows = people[["income", "city"]].to_dict(orient="records")
        answer = client.post("/score", json=[*rows, {"income": None, "city": "Rome"}])
        assert answer.status_code == 200, answer.text
        made = fairaudit.predict(tmp_path / "model.skops", people)
        scores = answer.json()["scores"]
        assert scores[:-1] == made.predictions.frame["score"].tolist()
        assert answer.json()["model"] == made.document.settings.model_sha256
        assert answer.json()["decisions"] == [int(score >= 0.5) for score in scores]
        refused = client.post("/score", json=[{"income": 1}])
        assert refused.status_code == 422
        assert "a column that the data does not have: 'city'" in refused.json()["detail"]
        refused = client.post("/score", json=[{"income": "much", "city": "Oslo"}])
        assert refused.status_code == 422
        assert "column 'income': 1 of 1 values are no numbers: 'much'" in refused.json()["detail"]
        assert client.post("/score", json=[]).status_code == 422
