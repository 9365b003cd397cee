//! How a viewer is served: what it is sent when it falls behind, snapshots, who sets the size, colours.

use serde::{Deserialize, Serialize};

use super::Size;
use crate::id::{Channel, SessionId};

/// What a viewer is sent when it does not keep up, and when it comes without a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// A terminal: a snapshot first, and skips when it falls behind.
    Screen,
    /// The bytes that are kept; what is lost of them is declared.
    #[default]
    Bytes,
    /// Every byte: the program waits for this viewer, at most 30 s after its last ack.
    Lossless,
}

/// Asks for a snapshot on a channel: frames of the kind `snapshot`, behind which output goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SnapshotParams {
    /// A channel of the delivery `screen`.
    pub channel: Channel,
    /// Lines of history that come before the screen, at most. A link that is slow as measured gets fewer: about half a
    /// second of it, 64 KiB at least, and twice as much each time this channel asks again, up to 1 MiB.
    pub history: u32,
}

/// Says whether a person sees a channel now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ShowParams {
    /// The channel.
    pub channel: Channel,
    /// Whether it is seen.
    pub visible: bool,
}

/// Sets the size of a session's terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct ResizeParams {
    /// Which session.
    pub session: SessionId,
    /// Its new size.
    pub size: Size,
    /// The channel of the viewer that has room for this size: unless it drives the size, that is only remembered for when
    /// it will. Left out, the size is set at once, by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// This viewer drives the size from now on, whoever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<bool>,
    /// The colours of whoever drives: programs that ask are told these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ResizeOutput {
    /// Whether the channel drives the size now. Without a channel: false.
    pub drives: bool,
}

/// Colours of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Text.
    pub foreground: Rgb,
    /// Behind the text.
    pub background: Rgb,
    /// The cursor.
    pub cursor: Rgb,
}

/// A colour: `0xRRGGBB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
#[serde(try_from = "u32", into = "u32")]
pub struct Rgb(u32);

impl Rgb {
    /// The colour of these parts.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self((red as u32) << 16 | (green as u32) << 8 | blue as u32)
    }

    /// Red, green, blue.
    pub const fn parts(self) -> [u8; 3] {
        let [_, red, green, blue] = self.0.to_be_bytes();
        [red, green, blue]
    }
}

impl TryFrom<u32> for Rgb {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        if number < 1 << 24 { Ok(Self(number)) } else { Err("a colour is 0xRRGGBB".to_owned()) }
    }
}

impl From<Rgb> for u32 {
    fn from(colour: Rgb) -> Self {
        colour.0
    }
}
