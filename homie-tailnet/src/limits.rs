//! Every bound of the talk with tailscaled, with its unit and its reason.

use std::time::Duration;

/// How long `status` may take. tailscaled answers it from memory; what takes longer hangs.
pub const STATUS_TIME: Duration = Duration::from_secs(2);

/// How long `whois` may take: somebody waits at a door for it.
pub const WHOIS_TIME: Duration = Duration::from_secs(1);

/// How long reading or writing the Serve configuration may take: a write goes to tailscaled's disk.
pub const SERVE_TIME: Duration = Duration::from_secs(5);

/// How long tailscaled may take to get a certificate from its authority: an order with a DNS challenge takes most of a
/// minute. With no authority in reach it would never answer.
pub const ISSUE_TIME: Duration = Duration::from_mins(2);

/// How long a certificate may take that tailscaled has on its disk.
pub const CERTIFICATE_TIME: Duration = Duration::from_secs(5);

/// How long a connection to another machine may take: what takes longer than TCP's third try does not answer.
pub const DIAL_TIME: Duration = Duration::from_secs(10);

/// How long the change bus may take to begin. Afterwards silence means that nothing changes.
pub const BUS_TIME: Duration = Duration::from_secs(2);

/// Bytes of an answer about one thing: a whois with hundreds of grants has 100 KiB.
pub const ANSWER_BYTES: usize = 1024 * 1024;

/// Bytes of an answer about all peers, and of a line of the change bus, whose first may hold one: 10,000 peers at 3 KiB.
/// A longer line ends the watch.
pub const PEERS_BYTES: usize = 32 * 1024 * 1024;

/// Bytes of an answer's head.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;

/// Characters of what tailscaled says that an error repeats: its refusals are a sentence.
pub(crate) const SAID_CHARS: usize = 300;

/// How often a change of the Serve configuration is tried anew because somebody else has changed it meanwhile. Whoever
/// changes it five times between our reading and our writing will not stop.
pub(crate) const SERVE_TRIES: usize = 5;

/// Before the first attempt to get back onto the change bus: tailscaled that restarts is back after about so long.
pub(crate) const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Before each attempt at most: who logs in again is seen soon.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(5);
