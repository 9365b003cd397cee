//! What a viewer wishes on its channel: to be seen, a size, a snapshot. Without a channel nothing is sent: what is still
//! wished then goes with the next attach.

use std::sync::Arc;

use homie_protocol::codec;
use homie_protocol::id::Channel;
use homie_protocol::method::Method;
use homie_protocol::methods::session::{
    Resize, ResizeOutput, ResizeParams, Show, ShowParams, Size, Snapshot, SnapshotParams,
};
use serde::Serialize;

use super::Viewer;
use crate::client::hub::{Answer, Outcome};

impl Viewer {
    pub(in crate::client) fn set_visible(&self, visible: bool) {
        let channel = {
            let mut book = self.book();
            let is_news = book.looking.set_visible(visible);
            book.stage.open().map(|(channel, _)| channel).filter(|_| is_news)
        };
        if let Some(channel) = channel {
            self.wish(Show::ROW.name, &ShowParams { channel, visible }, ignored());
        }
    }

    pub(in crate::client) fn ask_snapshot(&self, history: u32) {
        if let Some(channel) = self.channel() {
            self.wish(Snapshot::ROW.name, &SnapshotParams { channel, history }, ignored());
        }
    }

    pub(in crate::client) fn fit(self: &Arc<Self>, size: Size, takes: bool) {
        let (channel, theme) = {
            let mut book = self.book();
            let theme = book.looking.fit(size);
            (book.stage.open().map(|(channel, _)| channel), theme)
        };
        let Some(channel) = channel else { return };
        let take = takes.then_some(true);
        let params = ResizeParams { session: self.session, size, channel: Some(channel), take, theme };
        let viewer = Arc::clone(self);
        let answer = Box::new(move |outcome: Outcome<'_>| {
            // One who may not set the size does not drive.
            let Ok(ok) = outcome else { return Ok(()) };
            let drives = codec::decode_scanned::<ResizeOutput>(ok)?.drives;
            viewer.drives(channel, drives)
        });
        self.wish(Resize::ROW.name, &params, answer);
    }

    fn channel(&self) -> Option<Channel> {
        self.book().stage.open().map(|(channel, _)| channel)
    }

    fn drives(&self, channel: Channel, drives: bool) -> Result<(), homie_protocol::code::Refusal> {
        {
            let mut book = self.book();
            if book.stage.open().map(|(open, _)| open) != Some(channel) {
                return Ok(());
            }
            book.looking.driver(drives)?;
        }
        self.arrived.notify_one();
        Ok(())
    }

    fn wish<P: Serialize>(&self, method: &str, params: &P, answer: Answer) {
        if let Err(refusal) = self.hub.ask_once(method, params, answer) {
            tracing::error!(%refusal, method, "a wish could not be said");
        }
    }
}

/// A wish that was not granted changes nothing; what it would have changed is told by events.
fn ignored() -> Answer {
    Box::new(|_: Outcome<'_>| Ok(()))
}
