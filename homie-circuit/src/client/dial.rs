//! One way: dialled, and greeted on.

use std::path::Path;
use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use tokio::net::UnixStream;

use super::hello::hello;
use super::{Config, Detour, Route, Up};
use crate::open::unix;
use crate::reader::FrameReader;
use crate::sealed::Sealed;
use crate::writer::FrameWriter;

/// A circuit that has been greeted on.
pub(super) type Greeted = (FrameReader, FrameWriter, Up);

/// Dials and greets on the first way, or on this one.
pub(super) async fn dial(config: &Config, way: Option<&Detour>) -> Result<Greeted, Refusal> {
    let (route, host) = way.map_or((&config.route, &config.host), |way| (&way.route, &way.host));
    let ((mut reader, writer), exporter) = match route {
        Route::Socket(path) => (unix(connect(path).await?), None),
        Route::Web(web) => (web.circuit().await?, None),
        Route::Sealed(web) => {
            let Sealed { reader, writer, exporter } = web.sealed(Arc::clone(&config.identity)).await?;
            ((reader, writer), Some(exporter))
        }
        Route::Nowhere(why) => return Err(Refusal::new(Code::Unreachable, why.clone())),
    };
    let greeted = hello(config, host, exporter.as_ref(), (&mut reader, &writer)).await;
    if let Err(refusal) = &greeted {
        writer.bye(refusal);
    }
    Ok((reader, writer, Up { through: way.and_then(|way| way.through.clone()), ..greeted? }))
}

async fn connect(path: &Path) -> Result<UnixStream, Refusal> {
    UnixStream::connect(path).await.map_err(|error| {
        Refusal::new(Code::Unreachable, format!("{}: {error}; is `homie up` running?", path.display()))
    })
}

/// What another attempt would not change.
pub(super) const fn is_final(code: Code) -> bool {
    matches!(
        code,
        Code::Version
            | Code::Unauthenticated
            | Code::Forbidden
            | Code::Origin
            | Code::DeviceUnknown
            | Code::LinkInvalid
    )
}
