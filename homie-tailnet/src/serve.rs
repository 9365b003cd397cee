//! Serve: what tailscaled hands on to programs of this machine. We are one tenant of several: add our own port, take away
//! only that, never write what was not read, and say what is in the way.

mod config;
mod mount;
mod obstacle;
mod plan;
#[cfg(test)]
mod tests;

use bytes::Bytes;

pub use config::ServeConfig;
pub use mount::{Mount, Scheme};
pub use obstacle::Obstacle;
pub use plan::Standing;

use crate::ask::Ask;
use crate::error::TailnetError;
use crate::exchange::exchange;
use crate::limits::SERVE_TRIES;
use crate::local_api::LocalApi;

/// No state of any configuration: tailscaled names states by a hash.
const NO_STATE: &str = "homie-only-asks";

/// Which state of the Serve configuration a write is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Etag(String);

impl LocalApi {
    /// What is served now, and the name of this state.
    pub async fn serve_config(&self) -> Result<(ServeConfig, Etag), TailnetError> {
        let ask = Ask::serve_config();
        let answer = exchange(&self.socket, &ask).await?;
        let config = ServeConfig::parse(&answer.body).map_err(|error| ask.garbled(&error))?;
        // Without a name a write would overwrite whatever is there by then.
        let etag = answer.etag.filter(|etag| !etag.is_empty()).ok_or_else(|| ask.garbled("it has no Etag"))?;
        Ok((config, Etag(etag)))
    }

    /// Replaces the configuration, if it is still in the state `etag`; else the error is [`TailnetError::Changed`].
    pub async fn set_serve_config(&self, config: &ServeConfig, etag: &Etag) -> Result<(), TailnetError> {
        let ask = Ask::set_serve_config(Bytes::from(config.to_json()), etag.0.clone());
        exchange(&self.socket, &ask).await.map(drop)
    }

    /// Adds our port, and tells whether there was something to do. Nothing of others is changed; if that is impossible the
    /// error is [`TailnetError::InTheWay`].
    pub async fn serve(&self, mount: &Mount) -> Result<bool, TailnetError> {
        self.change(|config| config.with(mount)).await
    }

    /// Whether tailscaled would let this user add our port, asked so that nothing is written: the write names a state that the
    /// configuration is never in, and rights are looked at before the state is.
    pub async fn may_serve(&self, mount: &Mount) -> Result<(), TailnetError> {
        let (config, _) = self.serve_config().await?;
        let Some(wanted) = config.with(mount)? else { return Ok(()) };
        match self.set_serve_config(&wanted, &Etag(NO_STATE.to_owned())).await {
            Err(TailnetError::Changed(_)) => Ok(()),
            answered => answered,
        }
    }

    /// Takes our port away, and tells whether there was something to do.
    pub async fn unserve(&self, mount: &Mount) -> Result<bool, TailnetError> {
        self.change(|config| config.without(mount)).await
    }

    async fn change(
        &self,
        edit: impl Fn(&ServeConfig) -> Result<Option<ServeConfig>, Obstacle>,
    ) -> Result<bool, TailnetError> {
        for _ in 0..SERVE_TRIES {
            let (config, etag) = self.serve_config().await?;
            let Some(wanted) = edit(&config)? else { return Ok(false) };
            match self.set_serve_config(&wanted, &etag).await {
                Err(TailnetError::Changed(_)) => tracing::debug!("somebody else has changed the Serve configuration"),
                written => return written.map(|()| true),
            }
        }
        Err(TailnetError::Changed(Ask::serve_config().what))
    }
}
