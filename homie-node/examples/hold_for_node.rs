//! A holder for the tests of this crate: what `homie hold` is in the program people install.

use std::process::ExitCode;

fn main() -> ExitCode {
    homie_holder::run()
}
