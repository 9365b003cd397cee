//! What a session shows to those who do not look at it: title, folder, attention, last lines.

use serde::{Deserialize, Serialize};

/// What lists show of a session's screen. It is told anew at most twice a second.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Face {
    /// The title its program gave, at most 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The folder it is in now, if its shell tells (OSC 7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// What it wants of a person; gone once somebody types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<Attention>,
    /// The last lines that are not blank, at most 4 of 120 characters each.
    pub preview: Vec<String>,
}

/// What a session wants of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// How it asked.
    pub kind: AttentionKind,
    /// What it said, at most 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// How a session asks for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AttentionKind {
    /// The bell rang.
    Bell,
    /// A message (OSC 9, 777 or 99).
    Message,
}
