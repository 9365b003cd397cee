//! The log goes to stderr, so that stdout is the answer alone.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// What is logged unless `HOMIE_LOG` says otherwise (`HOMIE_LOG=debug`, `HOMIE_LOG=homie_gateway=debug`).
const USUAL: &str = "info";

/// Starts logging.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("HOMIE_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A log that nobody can read any more stops nothing.
        .log_internal_errors(false)
        .init();
}
