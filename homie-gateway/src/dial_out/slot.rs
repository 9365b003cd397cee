//! The pump of one connection that lies at another machine's gateway: dials, rests, and once it is needed serves it as a door
//! does, while the next one is dialled.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use homie_circuit::client::{Agreed, Web};
use homie_protocol::hello::Role;
use homie_protocol::id::NodeId;
use homie_protocol::machine::backoff::Backoff;
use homie_trust::{Keyed, Known, SystemRandom, random_bytes};
use hyper::header::{CONNECTION, HeaderMap, HeaderValue, UPGRADE};
use tokio::io::{AsyncReadExt, join};
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::report::Reports;
use crate::accept::{Entrance, one_request};
use crate::hop::Hop;
use crate::spare::PROTOCOL;
use crate::spare::rest::{answer, rest};

/// How long a way may take until the gateway there has taken the connection.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);

/// At most one connection is dialled in this time, however fast they are used up at the other end.
const PACE: Duration = Duration::from_millis(50);

/// One place at one gateway.
pub(super) struct Slot {
    pub(super) gateway: NodeId,
    pub(super) highest: Role,
    pub(super) ways: watch::Receiver<Vec<Web>>,
    pub(super) entrance: Entrance,
    pub(super) reports: Reports,
}

impl Slot {
    /// Keeps a connection there, for ever.
    pub(super) async fn keep(mut self) {
        let (mut backoff, born) = (Backoff::default(), Instant::now());
        let now = || u64::try_from(born.elapsed().as_millis()).unwrap_or(u64::MAX);
        loop {
            let ways = self.ways.borrow_and_update().clone();
            let dialled_at = Instant::now();
            match self.one(&ways, || backoff.succeeded(now())).await {
                Ok(()) => {
                    backoff.reset();
                    sleep_until(dialled_at + PACE).await;
                }
                Err(why) => {
                    self.reports.failed(self.gateway, &in_words(&why));
                    let wait = Duration::from_millis(backoff.failed(now(), chance()));
                    tokio::select! {
                        () = sleep(wait) => {}
                        Ok(()) = self.ways.changed() => backoff.reset(),
                    }
                }
            }
        }
    }

    /// From dialling until it is needed; an error tells why it never was.
    async fn one(&self, ways: &[Web], taken: impl FnOnce()) -> io::Result<()> {
        let Agreed { socket, early, .. } = dial(ways).await?;
        taken();
        let mut socket = socket;
        let ticket = {
            let _lies = self.reports.lies(self.gateway);
            let (from, to) = socket.split();
            rest(&mut join(io::Cursor::new(early).chain(from), to)).await?
        };
        answer(&mut socket, &ticket).await?;
        self.serve(socket);
        Ok(())
    }

    /// The machine at the other end has proved itself when it was dialled: what comes from there is as what comes through the
    /// door for keys.
    fn serve(&self, socket: UnixStream) {
        let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let keyed = Keyed { known: Known::Machine(self.gateway), address, highest: self.highest };
        let Entrance { router, lobby, tasks } = &self.entrance;
        tasks.spawn(one_request(socket, Hop::Key(keyed), router.clone(), lobby.enter()));
    }
}

/// Why nothing lies there, for people.
fn in_words(why: &io::Error) -> String {
    match why.kind() {
        ErrorKind::UnexpectedEof => "it has closed the connection".to_owned(),
        ErrorKind::TimedOut => "it does not answer".to_owned(),
        ErrorKind::InvalidData => "it says what has no place there".to_owned(),
        _ => why.to_string(),
    }
}

/// On the first way that leads there.
async fn dial(ways: &[Web]) -> io::Result<Agreed> {
    let mut why = io::Error::other("it has told no address");
    for web in ways {
        match timeout(TAKEN_WITHIN, web.upgrade(&asking())).await {
            Ok(Ok(agreed)) => return Ok(agreed),
            Ok(Err(refusal)) => why = io::Error::other(refusal),
            Err(late) => why = late.into(),
        }
    }
    Err(why)
}

fn asking() -> HeaderMap {
    [(CONNECTION, HeaderValue::from_static("Upgrade")), (UPGRADE, HeaderValue::from_static(PROTOCOL))]
        .into_iter()
        .collect()
}

/// Many machines that lost one gateway do not come back at once.
fn chance() -> u32 {
    random_bytes(&SystemRandom).map_or(u32::MAX / 2, u32::from_be_bytes)
}
