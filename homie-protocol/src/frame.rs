//! The 16 bytes every frame starts with.
//!
//! ```text
//!  0      1       2        4            8                16
//!  | kind | flags | zero   | channel    | offset         | payload …
//!    u8     u8      u16      u32          u64              big-endian
//! ```
//!
//! A [`Header`] that exists is valid: [`Header::parse`] and the constructors refuse everything the table of the
//! specification does not allow, so the rest of the house is free of checks.

use crate::code::{Code, Refusal};
use crate::id::{Channel, Offset};
use crate::limits::{ANSWER, PAYLOAD_MAX, PING_MAX};

/// Bytes of the header.
pub const HEADER_LEN: usize = 16;

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// One MessagePack envelope.
    Control = 1,
    /// Bytes a terminal printed.
    Output = 2,
    /// Bytes for a terminal.
    Input = 3,
    /// A screen that stands for everything before its offset.
    Snapshot = 4,
    /// Done up to the offset.
    Ack = 5,
    /// Bytes of a file or of a large value.
    Chunk = 6,
    /// Are you there?
    Ping = 7,
    /// Yes: the ping's payload again.
    Pong = 8,
}

impl Kind {
    /// Every kind, in the order of its number.
    pub const ALL: [Self; 8] =
        [Self::Control, Self::Output, Self::Input, Self::Snapshot, Self::Ack, Self::Chunk, Self::Ping, Self::Pong];

    const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Control,
            2 => Self::Output,
            3 => Self::Input,
            4 => Self::Snapshot,
            5 => Self::Ack,
            6 => Self::Chunk,
            7 => Self::Ping,
            8 => Self::Pong,
            _ => return None,
        })
    }

    const fn flags(self) -> u8 {
        match self {
            Self::Snapshot => Flags::LAST.0 | Flags::SKIP.0,
            Self::Ack => Flags::LAST.0 | Flags::ECHO.0 | Flags::ICANON.0,
            Self::Chunk => Flags::LAST.0,
            Self::Control | Self::Output | Self::Input | Self::Ping | Self::Pong => 0,
        }
    }

    const fn on_circuit(self) -> bool {
        matches!(self, Self::Ping | Self::Pong)
    }

    const fn payload(self) -> (usize, usize) {
        match self {
            Self::Control => (1, ANSWER.bytes),
            Self::Output | Self::Input => (1, PAYLOAD_MAX),
            Self::Snapshot | Self::Chunk => (0, PAYLOAD_MAX),
            Self::Ack => (0, 8),
            Self::Ping | Self::Pong => (0, PING_MAX),
        }
    }
}

/// The flag bits of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(u8);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// The last piece of a snapshot or a chunked value. On an ack of output: the snapshot at this offset is shown, and what
    /// was acknowledged before it no longer counts.
    pub const LAST: Self = Self(0x01);
    /// A snapshot that is a skip.
    pub const SKIP: Self = Self(0x02);
    /// On an input ack: the terminal echoes.
    pub const ECHO: Self = Self(0x04);
    /// On an input ack: the terminal edits lines.
    pub const ICANON: Self = Self(0x08);

    /// Whether all flags of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and those.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The byte on the wire.
    pub const fn bits(self) -> u8 {
        self.0
    }
}

/// A checked header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    kind: Kind,
    flags: Flags,
    channel: Channel,
    offset: Offset,
}

impl Header {
    /// A header without flags.
    pub fn new(kind: Kind, channel: Channel, offset: Offset) -> Result<Self, Refusal> {
        Self::with_flags(kind, Flags::NONE, channel, offset)
    }

    /// A header as the table allows it, or why not.
    pub fn with_flags(kind: Kind, flags: Flags, channel: Channel, offset: Offset) -> Result<Self, Refusal> {
        if flags.0 & !kind.flags() != 0 {
            return Err(refuse(Code::FrameFlags, "flags: one is set that this kind does not have"));
        }
        let needs_session = !kind.on_circuit() && kind != Kind::Control;
        if kind.on_circuit() && !channel.is_circuit() || needs_session && channel.is_circuit() {
            return Err(refuse(Code::Channel, "channel: 0 for control, ping and pong, a session's for the rest"));
        }
        if channel.is_circuit() && offset != Offset::ZERO {
            return Err(refuse(Code::Offset, "offset: must be 0 on channel 0"));
        }
        Ok(Self { kind, flags, channel, offset })
    }

    /// The control header of the circuit itself.
    pub const CIRCUIT: Self =
        Self { kind: Kind::Control, flags: Flags::NONE, channel: Channel::CIRCUIT, offset: Offset::ZERO };

    /// The header of a ping.
    pub const PING: Self = Self { kind: Kind::Ping, ..Self::CIRCUIT };

    /// The header of a pong.
    pub const PONG: Self = Self { kind: Kind::Pong, ..Self::CIRCUIT };

    /// Splits a frame into its checked header and its payload, which stays where it is.
    pub fn parse(frame: &[u8]) -> Result<(Self, &[u8]), Refusal> {
        let Some((bytes, payload)) = frame.split_first_chunk::<HEADER_LEN>() else {
            return Err(refuse(Code::FrameShort, "header: a frame has at least 16 bytes"));
        };
        let header = Self::from_bytes(*bytes)?;
        header.check_payload(payload.len())?;
        Ok((header, payload))
    }

    /// Reads the 16 bytes.
    pub fn from_bytes(bytes: [u8; HEADER_LEN]) -> Result<Self, Refusal> {
        let [kind, flags, z0, z1, c0, c1, c2, c3, offset @ ..] = bytes;
        let kind = Kind::from_number(kind).ok_or_else(|| refuse(Code::FrameKind, "kind: not one of 1 to 8"))?;
        if [z0, z1] != [0, 0] {
            return Err(refuse(Code::FrameZero, "zero: must be 0"));
        }
        let offset = Offset::new(u64::from_be_bytes(offset))
            .ok_or_else(|| refuse(Code::Offset, "offset: must be below 2^53"))?;
        Self::with_flags(kind, Flags(flags), Channel::new(u32::from_be_bytes([c0, c1, c2, c3])), offset)
    }

    /// Writes the 16 bytes.
    pub fn to_bytes(self) -> [u8; HEADER_LEN] {
        let [c0, c1, c2, c3] = self.channel.get().to_be_bytes();
        let [o0, o1, o2, o3, o4, o5, o6, o7] = self.offset.get().to_be_bytes();
        [self.kind as u8, self.flags.0, 0, 0, c0, c1, c2, c3, o0, o1, o2, o3, o4, o5, o6, o7]
    }

    /// Whether a payload of this length may follow.
    pub fn check_payload(self, len: usize) -> Result<(), Refusal> {
        let (least, most) = self.kind.payload();
        let fits = (least..=most).contains(&len) && (self.kind != Kind::Ack || len == 0 || len == 8);
        if fits { Ok(()) } else { Err(refuse(Code::FramePayload, "payload: its length does not fit this kind")) }
    }

    /// The same frame on another channel: all a node changes of what it passes on.
    pub fn on_channel(self, channel: Channel) -> Result<Self, Refusal> {
        Self::with_flags(self.kind, self.flags, channel, self.offset)
    }

    /// What the frame carries.
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// Its flags.
    pub const fn flags(self) -> Flags {
        self.flags
    }

    /// Its channel.
    pub const fn channel(self) -> Channel {
        self.channel
    }

    /// The absolute offset.
    pub const fn offset(self) -> Offset {
        self.offset
    }
}

fn refuse(code: Code, message: &'static str) -> Refusal {
    Refusal::new(code, message)
}
