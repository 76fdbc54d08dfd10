"""Mends the one thing that PyIceberg 0.12 reads wrongly: a null list of structs, given as empty.

Known there as https://github.com/apache/iceberg-python/issues/3833. Without this every comparison
would have to take null lists and empty ones for the same, from every reader.
"""

from pyarrow import compute
from pyiceberg.io.pyarrow import ArrowProjectionVisitor

_project_list = ArrowProjectionVisitor.list


def _project_list_with_nulls(self, list_type, list_array, value_array):
    projected = _project_list(self, list_type, list_array, value_array)
    if projected is None or projected.null_count == list_array.null_count:
        return projected
    return compute.if_else(list_array.is_valid(), projected, None)


def mend_null_lists():
    """Makes PyIceberg keep null lists null, where it reads and where it writes."""
    ArrowProjectionVisitor.list = _project_list_with_nulls
