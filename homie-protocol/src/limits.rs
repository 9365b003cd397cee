//! Every bound of the wire, with its unit and its reason.

/// Offsets and all other integers stay below this: a JavaScript number counts exactly so far.
pub const OFFSET_END: u64 = 1 << 53;

/// Bytes of one output or input frame: larger ones make acknowledgements rare on a slow link.
pub const PAYLOAD_MAX: usize = 64 * 1024;

/// Bytes of output per frame that a holder sends over a network: 16 KiB pass fastest through Serve, 4 KiB cost twice the
/// CPU. On one machine frames are up to [`PAYLOAD_MAX`].
pub const OUTPUT_FRAME: usize = 16 * 1024;

/// Bytes of a whole frame: the largest control envelope with its header. A longer one is refused unread.
pub const FRAME_MAX: usize = ANSWER.bytes + crate::frame::HEADER_LEN;

/// Bytes of a ping: room for a time and a number, no more.
pub const PING_MAX: usize = 64;

/// Bytes of output a channel may have unacknowledged before anything is known of its path.
pub const WINDOW_START: u64 = 16 * 1024;

/// Bytes of output that a channel may always have unacknowledged: at 125 KB/s they take 33 ms.
pub const WINDOW_FLOOR: u64 = 4 * 1024;

/// Bytes of output that a channel may have unacknowledged at most: 50 MB/s over 80 ms. How many it may have is measured
/// (`machine::window`); snapshots are sent whole, whatever is under way.
pub const WINDOW_MAX: u64 = 4 * 1024 * 1024;

/// Bytes of input a writer has unacknowledged: a paste is cut into such pieces.
pub const INPUT_WINDOW: u64 = 64 * 1024;

/// Bytes of output a holder keeps for those who come back: 10 s at 100 KB/s.
pub const RING: usize = 1024 * 1024;

/// Writers a holder remembers: a tab, a program or a paste is one. Beyond it the longest silent is forgotten.
pub const WRITERS: usize = 256;

/// Channels open at once on a circuit.
pub const CHANNELS: usize = 64;

/// Viewers of one session at once, over all circuits: a class looks at its teacher's terminal. Each costs a few KB of its
/// holder.
pub const VIEWERS: usize = 256;

/// Bytes that may wait in a circuit's frame writer: the windows of channels that share it, each its part of the largest,
/// and as much of snapshots and control. Beyond it the circuit is closed with `slow_reader`.
pub const WRITE_QUEUE: usize = 8 * 1024 * 1024;

/// Requests that wait for an answer on one circuit.
pub const REQUESTS: usize = 128;

/// Sessions of one node: 256 holders with idle shells cost about 128 MB.
pub const SESSIONS: usize = 256;

/// Entries of a list in one answer; more come as further pages.
pub const PAGE: usize = 200;

/// Columns or rows of a terminal: an 8K screen of tiny letters fits, a grid that eats the memory does not.
pub const GRID_MAX: u16 = 2000;

/// Characters of a session's or device's name.
pub const NAME_MAX: usize = 64;

/// Milliseconds a first answer is kept for its request key.
pub const KEY_KEPT_MS: u64 = 10 * 60 * 1000;

/// First answers kept at once; beyond it the oldest is forgotten.
pub const KEYS: usize = 1024;

/// Milliseconds within which the hello must end.
pub const HELLO_MS: u64 = 5_000;

/// Milliseconds within which two who have greeted each other must have brought their rosters to the same: some hundred
/// kilobytes at most, in pages that are kept if it takes longer.
pub const ROSTER_MS: u64 = 20_000;

/// Milliseconds without a frame after which a side pings.
pub const PING_AFTER_MS: u64 = 15_000;

/// Milliseconds without a frame after which a circuit is dead.
pub const DEAD_AFTER_MS: u64 = 45_000;

/// Milliseconds after which a client pings that has typed, and heard nothing since.
pub const TYPED_PING_MS: u64 = 3_000;

/// Milliseconds after which such a circuit is dead. TCP tries again ever more rarely, so that what was typed into a link that is
/// whole again would lie there for as long as the link was away, and longer; a new circuit takes a moment.
pub const TYPED_DEAD_MS: u64 = 10_000;

/// Milliseconds a ping may take when a side has been away: suspended, stopped, in the background.
pub const WAKE_PING_MS: u64 = 2_000;

/// Milliseconds after which whoever keeps a circuit looks at the clock again, to find out that it was away.
pub const LOOK_MS: u64 = 1_000;

/// Milliseconds between two looks from which on a side was away. A busy machine is late by less.
pub const AWAY_MS: u64 = 4_000;

/// Milliseconds after which unacknowledged input is shown and asked about instead of sent again.
pub const RESEND_MS: u64 = 30_000;

/// Milliseconds of boot clock a one-use link lives.
pub const LINK_MS: u64 = 60_000;

/// One-use links alive at once.
pub const LINKS: usize = 16;

/// Milliseconds of boot clock within which a device must answer a QR code, and then somebody must type its digits.
pub const PAIRING_MS: u64 = 120_000;

/// Milliseconds of boot clock that a six-digit code may be typed in: it is read aloud, or from another room.
pub const PAIRING_CODE_MS: u64 = 300_000;

/// Tries that a six-digit code has. A QR code has one: its secret cannot be guessed, and whoever comes second has seen it.
pub const CODE_TRIES: u8 = 3;

/// Tries of six-digit codes in an hour, over all codes and from everywhere: 24 years for an even chance.
pub const CODE_TRIES_AN_HOUR: usize = 10;

/// Wrong digits of a new device that may be typed: the second ends the pairing.
pub const DIGIT_MISSES: u8 = 2;

/// Milliseconds that an answer which waits for a person is held back: below what proxies and clients give up after.
pub const PAIRING_WAIT_MS: u64 = 20_000;

/// Circuits that have not finished their hello, per door.
pub const UNGREETED: usize = 64;

/// Circuits that have been greeted, per door: a tab or a program is one. Beyond it the next is told `busy`, so that a page
/// that forgets to close its own does not take all of a process's files.
pub const CIRCUITS: usize = 256;

/// Entries of a roster: a person has some dozens of devices. What no owner signed gives way; beyond it nobody is added.
pub const ENTRIES: usize = 1_000;

/// Entries in one answer: they fit into it, each as large as it may be.
pub const ENTRIES_READ: usize = 200;

/// Entries in one request: likewise.
pub const ENTRIES_TOLD: usize = 50;

/// Newest entries that an entry may name as seen: they become more only while owners sign apart from each other.
pub const SEEN: usize = 32;

/// Tags of one machine, and bytes of each: they are typed, and stand in a column.
pub const TAGS: usize = 16;
/// See [`TAGS`].
pub const TAG_MAX: usize = 32;

/// Origins of one machine: a name and an address for each of its doors.
pub const ORIGINS: usize = 16;

/// What a control envelope may cost before anything is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of the envelope.
    pub bytes: usize,
    /// Values in it, maps and arrays counted.
    pub values: usize,
}

/// Maps and arrays inside each other. Ours need six.
pub const DEPTH: usize = 16;

/// Keys of one map: each is compared with those before it.
pub const MAP_KEYS: usize = 256;

/// Until `ready`: whoever speaks is not known yet.
pub const GREETING: Budget = Budget { bytes: 8 * 1024, values: 64 };

/// A request. 1 MB of one-byte items would become 60 MB of values.
pub const REQUEST: Budget = Budget { bytes: 256 * 1024, values: 4_096 };

/// An answer or an event.
pub const ANSWER: Budget = Budget { bytes: 1024 * 1024, values: 16_384 };

/// An entry of the roster, with as many names before it and as many origins as there may be.
pub const ENTRY: Budget = Budget { bytes: 4 * 1024, values: 64 };

/// A whole roster, as it lies on disk.
pub const ROSTER: Budget = Budget { bytes: 1024 * 1024, values: 4_096 };
