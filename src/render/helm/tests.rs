//! Charts of our own, rendered: what becomes of values, names and order.
