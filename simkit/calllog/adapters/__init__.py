"""Diallers' exports into call logs and back, by mapping files."""

from simkit.calllog.adapters.export import export_contacts, export_log
from simkit.calllog.adapters.mapping import DiallerMapping, bundled_mappings, load_mapping
from simkit.calllog.adapters.read import import_log

__all__ = [
    "DiallerMapping",
    "bundled_mappings",
    "export_contacts",
    "export_log",
    "import_log",
    "load_mapping",
]
