//! The Serve configuration as tailscaled gives it. It is kept as it came: what we do not know is written back unchanged.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::obstacle::Obstacle;

/// What this machine serves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServeConfig(pub(super) Map<String, Value>);

/// What is served under a name on a port.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) key: &'a str,
    pub(super) name: &'a str,
    pub(super) handlers: &'a Map<String, Value>,
}

/// What is missing is empty.
static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

impl ServeConfig {
    /// Reads an answer; `null` is the configuration of who has never served.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes).map(|config: Option<_>| Self(config.unwrap_or_default()))
    }

    /// As it is written back.
    pub fn to_json(&self) -> Vec<u8> {
        Value::Object(self.0.clone()).to_string().into_bytes()
    }

    /// Whether the internet may come in through this port.
    pub fn has_funnel(&self, port: u16) -> Result<bool, Obstacle> {
        funnels(&self.0, port)
    }
}

/// A part of the configuration that maps names to something.
pub(super) fn section<'a>(of: &'a Map<String, Value>, name: &'static str) -> Result<&'a Map<String, Value>, Obstacle> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(&NONE),
        Some(value) => value.as_object().ok_or(Obstacle::Unreadable(name)),
    }
}

/// What a port is for.
pub(super) fn handler(of: &Map<String, Value>, port: u16) -> Result<Option<&Map<String, Value>>, Obstacle> {
    let named = section(of, "TCP")?.iter().find(|(key, _)| key.parse() == Ok(port));
    named.map(|(_, handler)| handler.as_object().ok_or(Obstacle::Unreadable("TCP"))).transpose()
}

/// All names on a port.
pub(super) fn sites(of: &Map<String, Value>, port: u16) -> Result<Vec<Site<'_>>, Obstacle> {
    let all = section(of, "Web")?.iter().filter_map(|(key, site)| Some((key, name_on(key, port)?, site)));
    all.map(|(key, name, site)| {
        let site = site.as_object().ok_or(Obstacle::Unreadable("Web"))?;
        Ok(Site { key, name, handlers: section(site, "Handlers")? })
    })
    .collect()
}

pub(super) fn funnels(of: &Map<String, Value>, port: u16) -> Result<bool, Obstacle> {
    let mut all = section(of, "AllowFunnel")?.iter();
    Ok(all.any(|(key, open)| name_on(key, port).is_some() && *open != Value::Bool(false)))
}

/// The name before a port.
fn name_on(key: &str, port: u16) -> Option<&str> {
    key.rsplit_once(':').filter(|(_, number)| number.parse() == Ok(port)).map(|(name, _)| name)
}
