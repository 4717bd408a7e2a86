"""Drawings of a lab: graph, text, layered picture. Pure functions of a topology, be it a plan's or a state's.

>>> from dnetlab import draw
>>> print(draw.text(plan.topology))                       # doctest: +SKIP
>>> draw.show(plan.topology, theme="dark")                # doctest: +SKIP
>>> d = draw.difference(plan.topology, state.topology)    # doctest: +SKIP
>>> draw.save(d.topology, "lab.png", **d.marks)           # doctest: +SKIP

matplotlib and networkx are imported when a figure or a graph is asked for, not before.
"""

from dnetlab.draw.arrange import layout
from dnetlab.draw.as_graph import graph
from dnetlab.draw.as_text import alt, text
from dnetlab.draw.check import problems
from dnetlab.draw.compare import Difference, difference
from dnetlab.draw.scene import Scene
from dnetlab.draw.show import Picture, figure, prepare, save, show

__all__ = [
    "Difference",
    "Picture",
    "Scene",
    "alt",
    "difference",
    "figure",
    "graph",
    "layout",
    "prepare",
    "problems",
    "save",
    "show",
    "text",
]
