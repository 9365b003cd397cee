//! Connections that tailscaled makes, where the kernel has no interface for the tailnet.

use std::io::{self, ErrorKind};

use homie_circuit::client::{Dial, Dialling, Line};
use homie_tailnet::{LocalApi, TailnetError};

/// tailscaled, that connects.
#[derive(Debug)]
pub(super) struct Through(pub(super) LocalApi);

impl Dial for Through {
    fn dial<'a>(&'a self, target: &'a str, port: u16) -> Dialling<'a> {
        Box::pin(async move {
            let socket = self.0.dial(target, port).await.map_err(failed)?;
            Ok(Box::new(socket) as Line)
        })
    }
}

/// As TCP would have failed.
fn failed(error: TailnetError) -> io::Error {
    match &error {
        TailnetError::Refused { said, .. } if said.contains("refused") => ErrorKind::ConnectionRefused.into(),
        TailnetError::TimedOut { .. } => ErrorKind::TimedOut.into(),
        _ => io::Error::other(error),
    }
}
