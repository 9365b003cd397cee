//! Files are read and written where waiting for a disk holds up nobody.

use homie_protocol::code::{Code, Refusal};
use homie_trust::TrustError;

/// Does it there.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TrustError> + Send + 'static,
) -> Result<T, Refusal> {
    refusing(|| Ok(work()?)).await
}

/// The same for what has words of its own for those who ask.
pub(crate) async fn refusing<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    let lost = |_| Refusal::new(Code::Internal, "this could not be done; the gateway's log says why");
    done.map_err(lost)?
}
