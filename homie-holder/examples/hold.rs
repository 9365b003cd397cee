//! The holder's process and nothing else: what `homie hold` runs. The tests of this crate start it.

fn main() -> std::process::ExitCode {
    homie_holder::run()
}
