//! The bodies of the fake's answers: whole ones, the change bus, and one that never ends.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame};

pub(super) type AnyBody = UnsyncBoxBody<Bytes, Infallible>;

/// Lines that a listener to the bus may leave unread; one more, and it is dropped.
const UNREAD_LINES: usize = 128;

/// A piece of what never ends.
static SPACES: [u8; 64 * 1024] = [b' '; 64 * 1024];

pub(super) fn whole(body: impl Into<Bytes>) -> AnyBody {
    Full::new(body.into()).boxed_unsync()
}

/// What is sent goes out at once.
pub(super) fn lines() -> (Sender<Bytes>, AnyBody) {
    let (sender, channel) = Channel::new(UNREAD_LINES);
    (sender, channel.boxed_unsync())
}

pub(super) fn endless() -> AnyBody {
    Endless.boxed_unsync()
}

struct Endless;

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&SPACES)))))
    }
}
