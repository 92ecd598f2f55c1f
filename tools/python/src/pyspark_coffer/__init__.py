"""Spark looks for modules of this name's form, and finds the format `coffer`."""

from coffer_reader.loaders.spark import CofferDataSource as DefaultSource

__all__ = ["DefaultSource"]
