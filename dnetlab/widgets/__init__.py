"""The control panel for a notebook, made of ipywidgets alone.

>>> import dnetlab
>>> panel = dnetlab.panel("macvlan_bridge")    # doctest: +SKIP
"""

from dnetlab.widgets.begin import Start, start
from dnetlab.widgets.choosing import Situations, situations
from dnetlab.widgets.panel import Panel, panel

__all__ = ["Panel", "Situations", "Start", "panel", "situations", "start"]
