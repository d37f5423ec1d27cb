"""What stands in the address of a page, before any field reads it."""

from __future__ import annotations

import math

import streamlit as st


def drop_infinite() -> None:
    """Take infinite numbers out of the address: Streamlit's fields for whole numbers end in an exception over `?a=inf`."""
    endless = [name for name in st.query_params if any(map(_is_infinite, st.query_params.get_all(name)))]
    for name in endless:
        del st.query_params[name]
    if endless:
        st.rerun()


def _is_infinite(text: str) -> bool:
    try:
        return math.isinf(float(text))
    except ValueError:
        return False
