"""What watches over everything else: the scanner for secrets."""

from okxlab.monitor.notebook import notebook_pieces
from okxlab.monitor.scan import scan
from okxlab.monitor.shapes import Sighting, sightings

__all__ = ["Sighting", "notebook_pieces", "scan", "sightings"]
