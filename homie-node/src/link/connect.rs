//! How a link to a holder comes up: connect, say hello, be welcome. One attempt.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use homie_circuit::{FrameReader, FrameWriter};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec;
use homie_protocol::frame::Kind;
use homie_protocol::holder::{FromHolder, HOLDER_SPOKEN, LinkHello, LinkWelcome, ToHolder};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::limits::ANSWER;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// How long a holder may take to say welcome. It answers from a poll loop that never waits, so this is a stopped process
/// or a machine on its knees.
const WELCOME_WITHIN: Duration = Duration::from_secs(1);

/// A link that is up.
#[derive(Debug)]
pub(crate) struct Linked {
    pub(crate) reader: FrameReader,
    pub(crate) writer: FrameWriter,
    pub(crate) welcome: LinkWelcome,
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoLink {
    /// Nobody listens on the socket: the holder is gone for good.
    #[error("the holder is gone")]
    Gone,
    /// The holder is there and does not want this node.
    #[error("the holder refused the link: {0}")]
    Refused(Refusal),
    /// No answer, or no sense in it; a later attempt may do better.
    #[error("the holder does not answer: {0}")]
    NotNow(Refusal),
}

/// Makes one attempt.
pub(crate) async fn connect(socket: &Path, epoch: u64) -> Result<Linked, NoLink> {
    let greeted = async {
        let stream = UnixStream::connect(socket).await.map_err(|error| not_connected(&error))?;
        // Whoever sits there in place of a holder would read what is typed.
        homie_trust::check_peer(&stream).map_err(|_| NoLink::NotNow(foreign()))?;
        greet(stream, epoch).await
    };
    let silent = Refusal::new(Code::Timeout, "it did not say welcome in time");
    timeout(WELCOME_WITHIN, greeted).await.unwrap_or(Err(NoLink::NotNow(silent)))
}

async fn greet(stream: UnixStream, epoch: u64) -> Result<Linked, NoLink> {
    let (mut reader, writer) = homie_circuit::unix(stream);
    let hello = ToHolder::Hello(LinkHello { versions: HOLDER_SPOKEN, epoch });
    let payload = codec::encode(&hello).map_err(|error| NoLink::NotNow(error.into()))?;
    // If the holder closes at once, reading tells why.
    let _closed = writer.control(Channel::CIRCUIT, Offset::ZERO, &payload);
    let frame = reader.next().await.map_err(NoLink::NotNow)?.ok_or_else(hung_up)?;
    if frame.header.kind() != Kind::Control || !frame.header.channel().is_circuit() {
        return Err(NoLink::NotNow(Refusal::new(Code::UnexpectedFrame, "it did not begin with welcome")));
    }
    match message(&frame.payload).map_err(NoLink::NotNow)? {
        FromHolder::Welcome(welcome) => Ok(Linked { reader, writer, welcome }),
        FromHolder::Refused(refusal) => Err(NoLink::Refused(refusal)),
        FromHolder::Opened(_)
        | FromHolder::OpenRefused(_)
        | FromHolder::Changed(_)
        | FromHolder::Done(_)
        | FromHolder::Found(_)
        | FromHolder::Captured(_) => {
            Err(NoLink::NotNow(Refusal::new(Code::UnexpectedFrame, "it did not begin with welcome")))
        }
    }
}

/// Decodes what a holder says on channel 0.
pub(crate) fn message(payload: &[u8]) -> Result<FromHolder, Refusal> {
    Ok(FromHolder::decode(codec::scan(payload, ANSWER)?)?)
}

fn not_connected(error: &io::Error) -> NoLink {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => NoLink::Gone,
        _ => NoLink::NotNow(Refusal::new(Code::Internal, error.to_string())),
    }
}

fn hung_up() -> NoLink {
    NoLink::NotNow(Refusal::new(Code::Ended, "it hung up before it said welcome"))
}

fn foreign() -> Refusal {
    Refusal::new(Code::Unauthenticated, "another user listens on its socket")
}
