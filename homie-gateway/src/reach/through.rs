//! Connections that tailscaled makes, where the kernel has no interface for the tailnet.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use homie_circuit::client::{Dial, Dialling, Line};
use homie_tailnet::{LocalApi, Status, TailnetError};

/// Who connects, if only tailscaled can.
pub(crate) fn through(api: &LocalApi, status: &Status) -> Option<Arc<dyn Dial>> {
    (!status.tun).then(|| Arc::new(Through(api.clone())) as Arc<dyn Dial>)
}

/// tailscaled, that connects.
#[derive(Debug)]
struct Through(LocalApi);

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
