//! How tailscaled's JSON is read: Go leaves out what is empty or writes `null`, and every version adds fields. What is
//! missing is empty, what is unknown is passed over, and what has the wrong type is refused.

use std::net::IpAddr;
use std::time::SystemTime;

use chrono::{DateTime, Datelike};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// `null` is the same as nothing.
pub(crate) fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Empty text is the same as none.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// Addresses, each with or without the length of its prefix.
pub(crate) fn addresses<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpAddr>, D::Error> {
    let texts: Vec<String> = or_default(from)?;
    let parsed = texts.iter().map(|text| text.split('/').next().unwrap_or_default().parse());
    parsed.collect::<Result<_, _>>().map_err(|_| Error::custom("an address is none"))
}

/// A moment; Go's year 1 stands for none. One that cannot be read is refused: it may be in the past.
pub(crate) fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SystemTime>, D::Error> {
    let Some(text) = text(from)? else { return Ok(None) };
    let moment = DateTime::parse_from_rfc3339(&text).map_err(|_| Error::custom("a time is none"))?;
    Ok((moment.year() > 1).then(|| moment.into()))
}

/// Those of a list that can be read; that there is a list is kept even if nothing in it can be. Only for hints: what
/// decides about a caller is read whole or not at all.
pub(crate) fn readable<'de, D, T>(from: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let values: Option<Vec<Value>> = Option::deserialize(from)?;
    Ok(values.map(|values| values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect()))
}
