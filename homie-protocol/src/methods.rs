//! Every method, by service. To add one: declare it in its service's file, then do what the compiler asks for.

pub mod pairing;
pub mod session;

use crate::method::MethodRow;

/// All rows: the closed table. What is not here is not served.
pub fn rows() -> impl Iterator<Item = &'static MethodRow> {
    session::ROWS.iter().chain(pairing::ROWS)
}

/// The row of this name.
pub fn row(name: &str) -> Option<&'static MethodRow> {
    rows().find(|row| row.name == name)
}
