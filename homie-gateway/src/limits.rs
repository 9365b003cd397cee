//! Every bound of the gateway's door, with its unit and its reason. Those of the wire are in `homie_protocol::limits`.

use std::num::NonZeroU32;
use std::time::Duration;

use homie_protocol::limits::CIRCUITS;

/// The port of the page, unless another is given.
pub const DEFAULT_PORT: u16 = 4663;

/// Connections whose request is not answered yet. Beyond it the one that has waited longest is closed: who sends a byte
/// a second gives way to who speaks at once.
pub(crate) const LOBBY: usize = 64;

/// Bytes of a request's head. Ours need less than one; browsers with long cookies of other ports of localhost need more.
pub(crate) const HEAD_BYTES: usize = 16 * 1024;

/// Connections from the internet without an answer that one address may have: a browser opens six at once.
pub(crate) const PUBLIC_WAITING: usize = 24;

/// Circuits that callers from the internet have at once, greeted or not; beyond it the answer is 503. Whatever they do, most places
/// are left for those who come by other doors.
pub(crate) const PUBLIC_CIRCUITS: usize = CIRCUITS * 3 / 8;

/// Those of one address: a page has one for each machine that is open in it, and a family has one address.
pub(crate) const PUBLIC_CIRCUITS_OF_ONE: usize = PUBLIC_CIRCUITS / 2;

/// How long a request's head may take.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(5);

/// How long a whole request and its answer may take; a circuit is one no longer once it is upgraded.
pub(crate) const ANSWER_TIME: Duration = Duration::from_mins(1);

/// How long the node may take to answer a handshake.
pub(crate) const NODE_TIME: Duration = Duration::from_secs(5);

/// Circuits with the node at once, as many as its door lets in; beyond it the answer is 503. Each costs a socket, or two and
/// 32 KiB where bytes are passed on.
pub(crate) const SPLICES: usize = CIRCUITS;

/// How long another machine may take to be found, dialled and to answer: each of its addresses has two seconds.
pub(crate) const RELAY_TIME: Duration = Duration::from_secs(10);

/// Circuits passed on to other machines at once; beyond it the answer is 503. Each costs four sockets and 64 KiB here, and a
/// place at the other machine, which has as many for all who come to it.
pub(crate) const RELAYS: usize = CIRCUITS / 2;

/// Gateways that are tried where a machine is not reached straight away: more of them would be tried each time that it is off.
pub const DETOURS: usize = 4;

/// Bytes a splice takes from one side before it gives them to the other: more would only hide what is under way.
pub(crate) const SPLICE_BUFFER: usize = 16 * 1024;

/// How long one side of a splice may still take to end, or to take what is under way, once the other has hung up.
pub(crate) const DRAIN_TIME: Duration = Duration::from_secs(10);

/// How long who comes from the network waits for this machine to hear another one of the mesh. That takes half
/// a second, and more on a slow machine; a client waits five for a greeting, or 2.5 where it knows another way, which leads here too.
pub(crate) const NEWS_TIME: Duration = Duration::from_secs(2);

/// Requests that one source may make at once at one door: a dozen windows that are all loaded anew.
pub(crate) const ASKED_AT_ONCE: NonZeroU32 = at_least_one(600);

/// Requests a second that one source may make for long.
pub(crate) const ASKED_A_SECOND: NonZeroU32 = at_least_one(60);

/// Sources that a door tells apart; beyond it those go that have not asked for a while, and if there are none, who is new
/// waits. Nobody has so many machines; each costs a hundred bytes.
pub(crate) const SOURCES: usize = 4_096;

/// Ports that are tried after the one that is wanted, if others have it.
pub(crate) const PORTS_TRIED: u16 = 9;

/// How long a stop waits for its tasks.
pub(crate) const STOP_TIME: Duration = Duration::from_secs(2);

const fn at_least_one(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}
