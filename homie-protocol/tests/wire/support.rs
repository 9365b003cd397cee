//! What the tests of the wire have in common.

pub(crate) mod header_view;
pub(crate) mod index;
pub(crate) mod layers;
pub(crate) mod tree;
