//! Whole machines under test: the mesh harness, the offset checker, the chaos proxy, end to end.
