//! A holder and nothing else: what `homie hold` is, in a program so small that each session needs half the memory
//! (docs/adr/0007-the-holder-is-a-small-program.md). The node looks for it beside `homie`.

use std::process::ExitCode;

fn main() -> ExitCode {
    homie_holder::run()
}
