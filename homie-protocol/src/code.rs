//! Every error and close code, in one table: number, name on the wire, what it means.
//!
//! A method's error carries the name; a WebSocket that ends with it carries the number.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal, $name:literal;)+) => {
        /// Why something was refused or ended. The name travels, the number closes a WebSocket.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        pub enum Code {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The WebSocket close code.
            pub const fn number(self) -> u16 {
                match self { $(Self::$variant => $number,)+ }
            }

            /// The name as it travels.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Whether somebody has said what the wire does not have, so that it would be said again.
            pub const fn is_fault(self) -> bool {
                matches!(self.number(), 4100..4200)
            }

            /// What it means, for the documentation.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc,)+),)+ }
            }
        }
    };
}

codes! {
    /// The frame is shorter than its header.
    FrameShort = 4100, "frame_short";
    /// The frame's kind is not one of the table.
    FrameKind = 4101, "frame_kind";
    /// A flag is set that this kind does not have.
    FrameFlags = 4102, "frame_flags";
    /// The field that must be zero is not.
    FrameZero = 4103, "frame_zero";
    /// The payload is too long or too short for this kind.
    FramePayload = 4104, "frame_payload";
    /// The kind is known, but has no place here or now.
    UnexpectedFrame = 4105, "unexpected_frame";
    /// The channel has the wrong parity, was used before, or was never opened.
    Channel = 4106, "channel";
    /// An offset is 2^53 or more, goes beyond what was sent, or skips bytes without a gap.
    Offset = 4107, "offset";
    /// The bytes are not MessagePack, or end too early.
    Malformed = 4110, "malformed";
    /// More bytes than this envelope may have.
    TooLarge = 4111, "too_large";
    /// Nested deeper than 16.
    TooDeep = 4112, "too_deep";
    /// More values than this envelope may have.
    TooMany = 4113, "too_many";
    /// Bytes follow the value.
    TrailingBytes = 4114, "trailing_bytes";
    /// A key stands twice in a map.
    DuplicateKey = 4115, "duplicate_key";
    /// A type the wire does not use: nil, an extension, NaN, a key that is not a string.
    UnsupportedType = 4116, "unsupported_type";
    /// A structure was sent as an array.
    Positional = 4117, "positional";
    /// A field this version does not know.
    UnknownField = 4118, "unknown_field";
    /// A field is missing.
    MissingField = 4119, "missing_field";
    /// A field has another type.
    WrongType = 4120, "wrong_type";
    /// A value is outside its range.
    OutOfRange = 4121, "out_of_range";
    /// A choice that is not in the list: an envelope, a mode, a kind.
    UnknownVariant = 4122, "unknown_variant";
    /// No method of this name is served here.
    UnknownMethod = 4123, "unknown_method";
    /// A request with this id is still waiting.
    RequestId = 4124, "request_id";
    /// No version in common.
    Version = 4200, "version";
    /// The caller did not say who it is, or could not prove it.
    Unauthenticated = 4201, "unauthenticated";
    /// The caller is known and may not do this.
    Forbidden = 4202, "forbidden";
    /// Host or Origin is not one of this machine's.
    Origin = 4203, "origin";
    /// The device is not enrolled here.
    DeviceUnknown = 4204, "device_unknown";
    /// The one-use link is unknown, used or too old.
    LinkInvalid = 4205, "link_invalid";
    /// The pairing is unknown, used, too old or given up: a new one is needed.
    PairingInvalid = 4206, "pairing_invalid";
    /// Somebody who may decide said no to this device.
    PairingRefused = 4207, "pairing_refused";
    /// These are not the six digits that the new device shows.
    WrongDigits = 4208, "wrong_digits";
    /// More tries than an hour may have.
    TooOften = 4209, "too_often";
    /// The peer took too long.
    Timeout = 4300, "timeout";
    /// The peer does not read; what waits for it is over the bound.
    SlowReader = 4301, "slow_reader";
    /// Too many at once: circuits, requests, sessions, viewers.
    Busy = 4302, "busy";
    /// This side is stopping; come back.
    GoingAway = 4303, "going_away";
    /// A newer node has taken over this holder.
    Displaced = 4304, "displaced";
    /// The machine behind this gateway does not answer.
    Unreachable = 4305, "unreachable";
    /// No such session, machine or channel.
    NotFound = 4400, "not_found";
    /// The session has ended.
    Ended = 4401, "ended";
    /// The program could not be started.
    StartFailed = 4402, "start_failed";
    /// The holder has forgotten this writer: take a new one, replay nothing.
    WriterUnknown = 4403, "writer_unknown";
    /// Input skips bytes.
    InputGap = 4404, "input_gap";
    /// More unacknowledged input than the window allows.
    InputOverrun = 4405, "input_overrun";
    /// This viewer may look, not type.
    ReadOnly = 4406, "read_only";
    /// Another session that runs has this name.
    NameTaken = 4407, "name_taken";
    /// It is not in the state that this needs: it runs, it is being recorded, or it is not.
    WrongState = 4408, "wrong_state";
    /// Something failed on this side; its log says what.
    Internal = 4500, "internal";
}

impl Code {
    /// Whether it passes by itself: an attachment whose channel ended with it, or was refused with it, attaches again.
    pub const fn passes(self) -> bool {
        matches!(
            self,
            Self::Timeout
                | Self::SlowReader
                | Self::Busy
                | Self::GoingAway
                | Self::Displaced
                | Self::Unreachable
                | Self::InputGap
                | Self::Internal
        )
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A refusal in words: the code for programs, the message for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// What went wrong, from the table.
    pub code: Code,
    /// What went wrong and what to do, in a sentence.
    pub message: String,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn these_pass_by_themselves_as_the_specification_says() {
        let passing: Vec<&str> = Code::ALL.iter().filter(|code| code.passes()).map(|code| code.name()).collect();
        let said =
            ["timeout", "slow_reader", "busy", "going_away", "displaced", "unreachable", "input_gap", "internal"];
        assert_eq!(passing, said);
    }
}
