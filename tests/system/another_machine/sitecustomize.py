"""Makes the processes of one test believe that they run on another machine, on the same data.

Python imports this file first wherever its folder is on PYTHONPATH.
"""

from tradefleet.adapters import processes

processes._host = lambda: "elsewhere/pid:[1]"
