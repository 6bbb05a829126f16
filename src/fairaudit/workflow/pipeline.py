"""The whole way, in memory: data into a model and predictions if a target is named, predictions into reports, reports into card and page.

Each input is read once. What becomes a file is written at the end, by `publish`, and none of it is read again.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fairaudit.disparity.rule import DEFAULT_RULE, VerdictRule
from fairaudit.documents.folder import Results, complete_results
from fairaudit.documents.model import CvDocument, PredictDocument, TrainDocument
from fairaudit.documents.parts import LabelFromPart, Stamp
from fairaudit.documents.text import dump
from fairaudit.errors import OptionError
from fairaudit.locking import held
from fairaudit.read.dataframes import open_written
from fairaudit.read.rows import Input
from fairaudit.read.watching import Progress
from fairaudit.render.report.page import ReportTemplates
from fairaudit.settings.arguments import check_kinds
from fairaudit.settings.card import WordingOptions
from fairaudit.settings.choices import DEFAULT_STATEMENTS, AuditOn
from fairaudit.settings.edges import in_python
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import AuditReading, Grouping
from fairaudit.settings.training import Folds, Training
from fairaudit.settings.verdict import Measuring
from fairaudit.slices.file import ROLES
from fairaudit.spelling import is_from_file, setting
from fairaudit.workflow.audit import Reports, Slicing, report_everything, reports_of, results_of
from fairaudit.workflow.audited_rows import (
    ALL_PEOPLE,
    LATER_PEOPLE,
    audited_on,
    rank_notes,
    saying,
    threshold_by_rank,
)
from fairaudit.workflow.card import CardOptions, IfEdited, Made, Wording, card_files, list_files, read_wording
from fairaudit.workflow.described import model_settings
from fairaudit.workflow.edges import Edges, shared_edges, slices_of_data
from fairaudit.workflow.fitted import Fitting, of_fitted, reading_of_scores, score_all
from fairaudit.workflow.predictions import CV_PREDICTIONS, PREDICTIONS, VALIDATION_PREDICTIONS
from fairaudit.workflow.ranking import refuse_unranked
from fairaudit.workflow.report import REPORT, make_report, read_templates
from fairaudit.workflow.suppressed import few_apart, of_scoring, of_training, taken_away, telling_more
from fairaudit.write import output_folder, write_together

if TYPE_CHECKING:
    from fairaudit.documents.registry import AnyDocument
    from fairaudit.workflow.cross_validate import Validated
    from fairaudit.workflow.train import TrainedModel

Stages = Callable[[str, int | None], AbstractContextManager[Progress]]
"""Shows how far a stage of the work is, whose name it is given."""


@contextmanager
def unseen(_: str, __: int | None) -> Iterator[Progress]:
    """Show nothing of a stage."""
    yield lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """What an audit is asked for.

    Attributes
    ----------
    features
        Slices beyond the attributes.
    training
        What to learn first; ``None`` where predictions are given.
    audit_on
        What the verdict on the model stands on; ``None`` for all rows out of fold.
    fitted
        A model that was fitted elsewhere, by which raw data are scored first.
    """

    reading: AuditReading = field(default_factory=AuditReading)
    rule: VerdictRule = DEFAULT_RULE
    measuring: Measuring = field(default_factory=Measuring)
    naming: Naming = field(default_factory=Naming)
    features: tuple[str, ...] = ()
    training: Training | None = None
    folds: Folds = field(default_factory=Folds)
    audit_on: AuditOn | None = None
    fitted: Fitting | None = None

    def __post_init__(self) -> None:
        """Refuse roles of columns where a model is trained that makes them, and what slices cannot be ranked by."""
        refuse_unranked(self.measuring.rank_by)
        if self.training is None:
            if self.audit_on is not None and not is_from_file("audit_on"):
                raise OptionError(
                    setting("audit_on", self.audit_on.value),
                    f"predictions that are given are audited whole; it chooses between those that {setting('target')} makes",
                )
            if self.fitted is None:
                return
        kept = self.reading.lock.columns if self.reading.lock else {}
        made = ROLES if self.fitted is None else ("label", "score", "decision")
        for role in made:
            if getattr(self.reading, role) not in (None, kept.get(role)):
                raise OptionError(
                    setting(role),
                    f"cannot be given together with {setting('target' if self.training else 'fitted')}, which makes labels and scores of its own",
                )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Audit(Reports):
    """The reports on one set of predictions, and on the model that they are of, if one was trained for them.

    Attributes
    ----------
    slices, group, bias, fairness
        Documents; ``to_frame()`` gives each as a flat pandas frame.
    scores
        ``None`` where scores are decisions.
    train, cv
        ``None`` where the predictions were given.
    predict
        ``None`` where no model that was fitted elsewhere made the predictions.
    other
        The reports on the predictions that the verdict does not stand on; ``None`` where the predictions were given, or both together would tell of few people.
    contents
        The contents of model and predictions, by file name.
    """

    train: TrainDocument | None = None
    cv: CvDocument | None = None
    predict: PredictDocument | None = None
    other: Reports | None = None
    contents: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, AnyDocument]:
        """The documents by the names of their files, in the order in which they came about."""
        trained: dict[str, AnyDocument | None] = {
            "train.json": self.train,
            "cv.json": self.cv,
            "predict.json": self.predict,
        }
        return {
            **{name: document for name, document in trained.items() if document is not None},
            **reports_of(self),
        }

    @property
    def other_files(self) -> dict[str, AnyDocument]:
        """The documents on the predictions that the verdict does not stand on, by the names of their files in a folder of their own."""
        if self.other is None or self.bias.settings.audit_on is None:
            return {}
        folder = self.bias.settings.audit_on.other.value
        return {f"{folder}/{name}": document for name, document in reports_of(self.other).items()}

    @property
    def results(self) -> Results:
        """The documents by their kinds."""
        other = None if self.other is None else self.other.group
        return dataclasses.replace(
            results_of(self), train=self.train, cv=self.cv, predict=self.predict, other=other
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What training gave warning of."""
        return tuple(w for document in (self.train, self.cv) if document for w in document.warnings)

    @in_python
    def write(
        self,
        folder: str | os.PathLike[str],
        *,
        statements: str | os.PathLike[str] = DEFAULT_STATEMENTS,
        template: str | os.PathLike[str] | None = None,
    ) -> Published:
        """Write all that ``fairaudit audit`` writes into a folder: documents, card with figures, report, and the model and predictions if it was trained.

        Parameters
        ----------
        folder
            It is made if it is not there. A card in it that was changed by hand is kept.
        statements
            What people state for the card; left out, ``card.toml`` of the current folder, if there is one.
        template
            Folder whose templates replace ours of the same name.

        Raises
        ------
        fairaudit.errors.FairauditError
            If a file cannot be written.
        """
        check_kinds({"folder": folder, "statements": statements, "template": template})
        words = read_words(
            WordingOptions(statements=Path(statements), template=None if template is None else Path(template))
        )
        with output_folder(Path(folder)) as made, held(made):
            return publish(self, made, words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What people give for card and report."""

    wording: Wording
    templates: ReportTemplates


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The files of an audit.

    Attributes
    ----------
    documents, others, card_files
        The documents; model and predictions, and the list of all files; the card with its figures, or nothing where one that was changed by hand is kept.
    card
        Where the card lies.
    warnings
        What a reader of the card should know.
    contents
        Of all of them, for whoever writes them.
    stale
        Files of an earlier audit that must not lie beside them.
    """

    documents: tuple[Path, ...]
    others: tuple[Path, ...]
    card_files: tuple[Path, ...]
    card: Path
    report: Path
    warnings: tuple[str, ...]
    contents: Mapping[Path, bytes] = field(repr=False)
    stale: tuple[Path, ...] = ()


def read_words(options: WordingOptions) -> Words:
    """Read what people give for card and report, so that a mistake in it shows before any long work."""
    return Words(
        wording=read_wording(statements=options.statements, template=options.template),
        templates=read_templates(options.template),
    )


def run(opened: Input, options: AuditOptions, stamp: Stamp, *, stages: Stages = unseen) -> Audit:
    """Train, cross-validate and audit, or audit predictions that are there.

    Raises
    ------
    FairauditError
        If the input cannot be read, learned from or audited as asked; the message says what would be right.
    """
    if options.fitted is not None:
        return _score_and_report(opened, options, options.fitted, stamp, stages)
    if options.training is None:
        return _audit(_report(opened, options, stamp, edges={}, stages=stages))
    training, options = options.training, _of_raw_data(options)
    if "threshold" in (rule := options.reading.lock.rule if options.reading.lock else {}):
        training = dataclasses.replace(training, threshold=rule["threshold"])
    return _train_and_report(opened, options, training, stamp, stages)


def _of_raw_data(options: AuditOptions) -> AuditOptions:
    """Take of slices that were kept what is not of predictions, whose columns a training makes itself."""
    reading = options.reading
    if reading.lock is None:
        return options
    raw = dataclasses.replace(
        reading,
        label=None,
        score=None,
        decision=None,
        weight=None,
        weight_kind=None,
        id=None,
        positive=(),
        lock=reading.lock.of_slices,
    )
    return dataclasses.replace(options, reading=raw)


def _train_and_report(
    opened: Input, options: AuditOptions, training: Training, stamp: Stamp, stages: Stages
) -> Audit:
    """Train and cross-validate a model, and audit what is predicted for all rows out of fold, and for those that were held out."""
    from fairaudit.model.split import split_parts
    from fairaudit.workflow.cross_validate import cross_validate
    from fairaudit.workflow.prepare import prepare, refuse_repeats
    from fairaudit.workflow.train import train

    attributes, folds = options.reading.attributes, options.folds
    with stages(f"Reading {opened.name}", opened.expected_rows) as tell:
        prepared = prepare(opened, training, on_progress=tell)
    refuse_repeats(prepared)
    learnt = split_parts(
        prepared.target, test_size=training.test_size, settings=model_settings(training, prepared)
    ).train
    edges: Edges = {}
    if options.reading.lock is None:
        edges = shared_edges(prepared, attributes, learnt=learnt)
        edges |= shared_edges(prepared, options.features, learnt=learnt) if options.features else {}
    with stages(f"{folds.folds * folds.repeats} folds", None) as tell:
        validated = cross_validate(
            prepared,
            training,
            stamp,
            folds=folds,
            attributes=slices_of_data(prepared, options.reading),
            measuring=options.measuring,
            naming=options.naming,
            ranking=options.reading,
            edges=edges,
            grouping=Grouping(slices=options.reading.slices, lock=options.reading.lock),
            on_fold=tell,
        )
    # One rule for all rows: the one that decisions out of fold were made by.
    training = dataclasses.replace(training, threshold=validated.document.settings.threshold)
    trained = train(prepared, training, stamp)
    chosen, other = _report_both(trained, validated, options, stamp, edges=edges, stages=stages)
    return dataclasses.replace(
        _audit(chosen),
        other=other,
        **of_training(trained.document, validated.document, chosen.group.settings),
        contents={**trained.files, **validated.files},
    )


def _score_and_report(
    opened: Input, options: AuditOptions, fitted: Fitting, stamp: Stamp, stages: Stages
) -> Audit:
    """Let a model that was fitted elsewhere score all rows, and audit what it predicts: nobody is trained, and nothing held out."""
    if "threshold" in (rule := options.reading.lock.rule if options.reading.lock else {}):
        fitted = fitted.deciding_by(rule["threshold"])
    options = _of_raw_data(options)
    with stages(f"Scoring {opened.name}", opened.expected_rows) as tell:
        scored = score_all(opened, fitted, options.reading, stamp, on_progress=tell)
    if (
        threshold := threshold_by_rank(scored.predictions.frame["score"].to_numpy(), options.reading)
    ) is not None:
        scored = scored.decided_by(threshold)
    reading = reading_of_scores(options.reading)
    written = open_written(scored.predictions.frame, name=PREDICTIONS, content=scored.csv)
    reports = _report(written, dataclasses.replace(options, reading=reading), stamp, edges={}, stages=stages)
    document = of_scoring(scored.document, reports.group.settings)
    part, notes = of_fitted(document)
    notes = (*notes, *fitted.notes, *rank_notes(document.settings.threshold, options.reading, trained=False))
    return dataclasses.replace(
        _audit(saying(reports, part, notes)),
        predict=document,
        contents={PREDICTIONS: scored.csv},
    )


def _report_both(
    trained: TrainedModel,
    validated: Validated,
    options: AuditOptions,
    stamp: Stamp,
    *,
    edges: Edges,
    stages: Stages,
) -> tuple[Reports, Reports | None]:
    """Report on the predictions that the verdict stands on, and on the others; ``None`` where both together would tell of few people."""
    # The predictions have labels of 0 and 1 and decisions already, and only the rows that were wanted.
    reading = dataclasses.replace(
        reading_of_scores(options.reading),
        # Folds keep the rows of a person together, and evidence counts them once.
        id=validated.person,
    )
    of_rows = dataclasses.replace(options, reading=reading, training=None, audit_on=None)
    predicted = {
        AuditOn.FOLDS: (CV_PREDICTIONS, validated.predictions.frame, validated.csv),
        AuditOn.TEST: (PREDICTIONS, trained.predictions.frame, trained.csv),
    }
    reports = {
        rows: _report(open_written(frame, name=name, content=csv), of_rows, stamp, edges=edges, stages=stages)
        for rows, (name, frame, csv) in predicted.items()
    }
    whole, part = reports[AuditOn.FOLDS], reports[AuditOn.TEST]
    apart = few_apart(whole.slices, part.slices)
    chosen, other = audited_on(
        reports,
        options.audit_on,
        (*rank_notes(trained.document.settings.threshold, options.reading), *apart),
        reason=ALL_PEOPLE if trained.document.settings.time_column is None else LATER_PEOPLE,
        label_from=LabelFromPart(
            column=trained.document.settings.target, positive=list(trained.document.settings.positive)
        ),
    )
    return chosen, None if apart else other


def _audit(reports: Reports) -> Audit:
    return Audit(
        slices=reports.slices,
        group=reports.group,
        bias=reports.bias,
        fairness=reports.fairness,
        scores=reports.scores,
    )


def _report(opened: Input, options: AuditOptions, stamp: Stamp, *, edges: Edges, stages: Stages) -> Reports:
    with stages(f"Reading {opened.name}", opened.expected_rows) as tell:
        return report_everything(
            opened,
            options.reading,
            stamp,
            rule=options.rule,
            measuring=options.measuring,
            naming=options.naming,
            slicing=Slicing(every=True, features=options.features, edges=edges),
            on_progress=tell,
        )


def publish(audit: Audit, folder: Path, words: Words) -> Published:
    """Write model, predictions, documents, card and report into a folder that is there; see `published`.

    Raises
    ------
    FileError
        If a file cannot be written, or a document that was left there is damaged.
    """
    made = published(audit, folder, words)
    write_together(made.contents, stale=made.stale)
    return made


def published(audit: Audit, folder: Path, words: Words, *, drawn_alone: bool = False) -> Published:
    """Make the files of an audit for a folder: model, predictions, documents, card and report; a card that was changed by hand is kept.

    Documents that earlier commands left there are part of the card if they are about the same model. See `CardOptions` for `drawn_alone`.
    All of them are made before one is written, so that new predictions and documents never lie beside an old card and report.

    Raises
    ------
    FileError
        If a document that was left there is damaged.
    """
    texts = {name: dump(document) for name, document in audit.files.items()}
    others = {name: dump(document) for name, document in audit.other_files.items()}
    made = Made(results=complete_results(folder, audit.results), texts=texts | others)
    options = CardOptions(if_edited=IfEdited.KEEP, drawn_alone=drawn_alone)
    card = card_files(folder, words.wording, options, made=made)
    page = make_report(made.results, words.wording.statements, words.templates)
    contents = {
        **{folder / name: content for name, content in audit.contents.items()},
        **{folder / name: text.encode() for name, text in (texts | others).items()},
        **card.contents,
        folder / REPORT: page.text.encode(),
    }
    least = audit.group.settings.suppress_below
    telling = telling_more(folder, _left_by_others(texts | others), least)
    stale = (*card.stale, *telling)
    listed = list_files(folder, contents, stale=stale)
    return Published(
        documents=tuple(folder / name for name in texts),
        others=(*(folder / name for name in (*audit.contents, *others)), *listed),
        card_files=tuple(card.contents),
        card=card.path,
        report=folder / REPORT,
        warnings=(*card.warnings, *taken_away(telling, least)),
        contents={**contents, **listed},
        stale=stale,
    )


def _left_by_others(written: Collection[str]) -> Iterable[str]:
    """Name the documents that an audit may write of groups, and this one does not."""
    of_groups = [field.name for field in dataclasses.fields(Reports)]
    folders = ("", *(f"{rows}/" for rows in AuditOn))
    names = ("cv.json", *(f"{folder}{name}.json" for folder in folders for name in of_groups))
    return (name for name in names if name not in written)


def written_names(options: AuditOptions) -> Sequence[str]:
    """Name the files of predictions that an audit writes, whose place no input may have."""
    if options.fitted is not None:
        return (PREDICTIONS,)
    if options.training is None:
        return ()
    more = () if options.training.validation_size is None else (VALIDATION_PREDICTIONS,)
    return (PREDICTIONS, CV_PREDICTIONS, *more)
