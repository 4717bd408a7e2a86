"""What a lesson does with a panel's lab: predict, compare, try its sentences, solve its exercises."""

from __future__ import annotations

from typing import Any

from dnetlab import claims as claim_module
from dnetlab.check import Prediction
from dnetlab.claims import Claim, Verdicts
from dnetlab.lab import Lab
from dnetlab.types import NetworkType
from dnetlab.widgets.claiming import Claiming
from dnetlab.widgets.exercising import Card, Cards
from dnetlab.widgets.predicting import Compared, Predicting
from dnetlab.widgets.standing import Standing


class Learning(Standing):
    """A panel's part in the lesson."""

    def __init__(self, type: NetworkType, *rest: Any) -> None:
        self.claiming = Claiming(type, lambda *ids: self.begin(lambda: self._try(*ids)))
        self._cards: dict[str, Card] = {}
        self._predicting: Predicting | None = None
        super().__init__(type, *rest)

    def _built(self, lab: Lab) -> None:
        super()._built(lab)
        self.claiming.ready()

    def _gone(self) -> None:
        super()._gone()
        self.claiming.clear()

    # --- predictions ----------------------------------------------------------------------------------------

    def predict(self) -> Predicting:
        """A matrix to click a prediction into; what was said about machines that are still planned stays."""
        lab = self.current()
        prediction = lab.predict()
        before = self._predicting
        if before is not None:
            if before.prediction.machines == prediction.machines:
                return before
            known = set(prediction.machines)
            old = before.prediction
            prediction.guesses.update(
                {pair: said for pair, said in old.guesses.items() if known.issuperset(pair)}
            )
            prediction.answers.update(old.answers)
        self._predicting = Predicting(prediction, self.type.questions, lambda: self.begin(self._compare_here))
        return self._predicting

    def compare(self, prediction: Predicting | Prediction | None = None) -> Compared:
        """A prediction (the one that was clicked) against the live network. Raises NotBuilt before the build."""
        found: list[Compared] = []
        self.do(lambda: found.append(self._compare(prediction)))
        return found[0]

    def _compare_here(self) -> None:
        try:
            self._compare()
        except Exception as wrong:
            if self._predicting is not None:
                self._predicting.fail(wrong)
            raise

    def _compare(self, prediction: Predicting | Prediction | None = None) -> Compared:
        lab = self.standing()
        shown = prediction if isinstance(prediction, Predicting) else self._predicting
        said = (
            prediction if isinstance(prediction, Prediction) else shown.prediction if shown else lab.predict()
        )
        self.announce("Comparing the prediction with the network ...")
        found = lab.compare(said)
        self.show_done("lab.compare(prediction)")
        if shown is not None:
            shown.show(found)
        return Compared(found)

    # --- claims ---------------------------------------------------------------------------------------------

    def claims(self, *ids: str) -> Verdicts:
        """Try claims on the live lab, all or those named; verdicts as :meth:`dnetlab.Lab.claims` gives them."""
        found: list[Verdicts] = []
        self.do(lambda: found.append(self._try(*ids)))
        return found[0]

    def _try(self, *ids: str) -> Verdicts:
        lab = self.standing()
        chosen = [self.type.claim(id) for id in ids] or list(self.type.claims)
        self.show_line(
            f"lab.claims({', '.join(repr(c.id) for c in chosen) if ids else ''})".replace("'", '"')
        )
        verdicts = Verdicts()
        try:
            for number, claim in enumerate(chosen):
                self._try_one(lab, claim, number, len(chosen), verdicts)
        finally:
            # Also where it was cancelled: those that were tried were tried.
            if verdicts:
                self.claiming.sum_up(list(verdicts))
        self.worker.check()
        return verdicts

    def _try_one(self, lab: Lab, claim: Claim, number: int, total: int, verdicts: Verdicts) -> None:
        self.worker.check()
        self.announce(f"{number + 1} of {total}: {claim.text}", total)
        self.progress.value = number
        row = self.claiming.rows[claim.id]
        row.trying()
        try:
            verdict = claim_module.attempt(claim, lab)
        except BaseException:
            row.clear()
            raise
        verdicts.append(verdict)
        self.claiming.show(verdict)

    # --- exercises ------------------------------------------------------------------------------------------

    def card(self, id: str) -> Card:
        """The card of an exercise. Raises DnetlabError for an id that the type does not have."""
        if id not in self._cards:
            self._cards[id] = Card(self.type.exercise(id), self)
        return self._cards[id]

    def cards(self) -> Cards:
        """All exercises of the type."""
        return Cards(self)

    def fresh(self) -> None:
        """For an exercise: the same lab, built anew."""
        self.announce(
            "Building the lab anew, so that nothing is in the way ...",
            2 + len(self.current().plan.containers),
        )
        self.rebuild()
