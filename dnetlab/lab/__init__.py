"""A lab: a plan made real on an engine, read back, probed, explained and removed.

Everything goes through docker-py; nothing here knows which engine answers. A layer a module, each on the one before:
standing (plan, engine, state), building, probing, experiments, and here what the lessons do with a lab.
"""

from __future__ import annotations

from collections.abc import Callable

from dnetlab import check, progress
from dnetlab.claims import Verdict, Verdicts, attempt
from dnetlab.lab.building import Progress, Step
from dnetlab.lab.experiments import Experiments

__all__ = ["Lab", "Progress", "Step"]


class Lab(Experiments):
    """A lab of one network type.

    Args:
        type: name of the network type, such as ``macvlan_bridge``.
        engine: ``embedded``, ``docker``, a URL, an :class:`~dnetlab.engine.Engine`, or None for the usual choice.
        **parameters: the type's parameters; ``dnetlab.types.get(type).parameters`` lists them.

    Raises:
        InvalidPlan: at once, before anything is touched, with every problem of the parameters.

    Used as a context manager it removes everything on any exit.
    """

    def claims(self, *ids: str, each: Callable[[Verdict], None] | None = None) -> Verdicts:
        """Try the type's claims (all, or those named) on the live lab; gives a verdict each.

        ``each`` is called with a verdict as soon as it is there.
        """
        _ = self.lan
        chosen = [self.type.claim(i) for i in ids] or list(self.type.claims)
        verdicts = Verdicts()
        for claim in chosen:
            verdict = attempt(claim, self)
            verdicts.append(verdict)
            if each:
                each(verdict)
        return verdicts

    def predict(self, *machines: str) -> check.Prediction:
        """An empty prediction, to be filled with ``guess`` and ``answer`` before the build."""
        return check.prediction(self, machines or None)

    def compare(self, guess: check.Prediction) -> check.Comparison:
        """A prediction against the live network, each wrong cell explained; it is noted in the progress file."""
        _ = self.lan
        return check.compare(guess, self, progress.load())

    def exercise(self, id: str) -> check.Task:
        """An exercise of this type on this lab, with the learner's own values."""
        return check.Task(self.type.exercise(id), self, progress.load())
