//! A viewer by the Rust client, as the command uses it to look at another machine: with a circuit of its own, and with patience.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use homie_circuit::client::{AttachOptions, Attachment, Client, Config, State, Viewed};
use homie_protocol::code::Code;
use homie_protocol::id::SessionId;
use homie_protocol::methods::session::{Delivery, Size};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::pty::SIZE;
use crate::subject::Want;
use crate::view::{LIMIT, View};

/// A viewer that dials when it begins. What it was shown before is acknowledged by its next read.
pub(crate) struct Patient {
    runtime: Arc<Runtime>,
    config: Config,
    options: AttachOptions,
    attachment: Option<Attachment>,
}

impl Patient {
    pub(crate) fn new(runtime: &Arc<Runtime>, config: Config, session: SessionId, want: Want) -> Self {
        let (cols, rows) = SIZE;
        let delivery = match want {
            Want::Screen => Delivery::Screen,
            Want::Everything => Delivery::Lossless,
        };
        let options = AttachOptions { size: Size::new(cols, rows), delivery, ..AttachOptions::interactive(session) };
        Self { runtime: Arc::clone(runtime), config, options, attachment: None }
    }

    fn attachment(&self) -> anyhow::Result<&Attachment> {
        self.attachment.as_ref().context("this viewer has not begun")
    }

    /// Waits until its circuit is closed for good.
    pub(crate) fn is_sent_away(&self) -> anyhow::Result<()> {
        let mut state = self.attachment()?.client().state();
        let left = async {
            loop {
                match &*state.borrow_and_update() {
                    State::Closed(refusal) => return Ok(refusal.code),
                    State::Waiting(refusal) => bail!("the circuit was lost: {refusal}"),
                    State::Connecting | State::Up(_) => {}
                }
                state.changed().await?;
            }
        };
        let code = self.runtime.block_on(async { timeout(LIMIT, left).await })??;
        ensure!(code == Code::DeviceUnknown, "it was sent away with {code:?}");
        Ok(())
    }
}

impl View for Patient {
    fn begin(&mut self) -> anyhow::Result<()> {
        let (config, options) = (self.config.clone(), self.options.clone());
        let opening = async { Client::connect(config).await?.attach(options).await };
        self.attachment = Some(self.runtime.block_on(async { timeout(LIMIT, opening).await })??);
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.runtime.block_on(self.attachment()?.write(bytes))?)
    }

    fn read(&mut self, within: Duration, shown: &mut Vec<u8>, _most: usize) -> anyhow::Result<usize> {
        let attachment = self.attachment()?;
        let viewed = self.runtime.block_on(async { timeout(within, attachment.next()).await });
        let bytes = match viewed {
            Ok(Some(Viewed::Output { bytes, .. } | Viewed::Snapshot { bytes, .. })) => bytes,
            Ok(Some(Viewed::Gap(_))) if self.options.delivery == Delivery::Lossless => bail!("output was lost"),
            Ok(Some(Viewed::Detached(refusal))) => bail!("this viewer was detached: {refusal}"),
            Err(_) | Ok(Some(_)) => return Ok(0),
            Ok(None) => bail!("this viewer is over"),
        };
        shown.extend_from_slice(&bytes);
        Ok(bytes.len())
    }
}
