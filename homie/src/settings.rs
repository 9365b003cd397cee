//! The settings: a file with a few keys, each with what holds where it says nothing.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, anyhow};
use homie_gateway::DEFAULT_PORT;
use homie_node::HISTORY_MEMORY;
use homie_protocol::hello::Role;
use serde::Deserialize;
use serde_json::Value;

use crate::detach_key::DetachKey;
use crate::devices::name_of;
use crate::home;

const MEBIBYTE: u64 = 1024 * 1024;

/// What the file says. A key that nobody knows is a mistake, and told as one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    port: Option<u16>,
    name: Option<String>,
    detach_key: Option<String>,
    history_memory: Option<u64>,
    clipboard: Option<bool>,
    ceiling: Option<Role>,
}

/// A key of the file, for people.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// As JSON, which writes these values as TOML does.
    pub(crate) value: Value,
    /// Whether the file says so; if not, it is what holds anyway.
    pub(crate) is_set: bool,
}

impl Settings {
    /// Reads the file; where there is none, it says nothing.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let path = home::settings_path()?;
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(anyhow!(error).context(format!("cannot read {}", path.display()))),
        }
    }

    fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        let wrong = || format!("{} makes no sense", path.display());
        let settings: Self = toml::from_str(text).with_context(wrong)?;
        if let Some(name) = &settings.name {
            home::name(name).with_context(wrong)?;
        }
        if settings.history_memory == Some(0) {
            return Err(anyhow!("history-memory: 1 MiB is the least").context(wrong()));
        }
        if settings.ceiling == Some(Role::None) {
            return Err(anyhow!("ceiling: viewer, operator or owner").context(wrong()));
        }
        settings.detach_key.as_deref().map(str::parse::<DetachKey>).transpose().with_context(wrong)?;
        Ok(settings)
    }

    /// The port of the page.
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(DEFAULT_PORT)
    }

    /// What this machine is called.
    pub(crate) fn name(&self) -> String {
        self.name.as_deref().and_then(|name| home::name(name).ok()).unwrap_or_else(home::host_name)
    }

    /// The key that leaves a session.
    pub(crate) fn detach_key(&self) -> DetachKey {
        self.detach_key.as_deref().and_then(|key| key.parse().ok()).unwrap_or_default()
    }

    /// Bytes of memory for the histories of all sessions together. The file counts in MiB.
    pub(crate) fn history_memory(&self) -> u64 {
        self.history_memory.map_or(HISTORY_MEMORY, |mebibytes| mebibytes.saturating_mul(MEBIBYTE))
    }

    /// Whether programs in a session may write the clipboard.
    pub(crate) fn clipboard(&self) -> bool {
        self.clipboard.unwrap_or(false)
    }

    /// The most that anybody may do on this machine.
    pub(crate) fn ceiling(&self) -> Role {
        self.ceiling.unwrap_or(Role::Owner)
    }

    /// Every key there is.
    pub(crate) fn keys(&self) -> [Key; 6] {
        [
            Key {
                name: "port",
                about: "The port of the page on 127.0.0.1; 0 takes any free one.",
                value: self.port().into(),
                is_set: self.port.is_some(),
            },
            Key {
                name: "name",
                about: "What this machine is called; left out, its host name.",
                value: self.name().into(),
                is_set: self.name.is_some(),
            },
            Key {
                name: "detach-key",
                about: "The key that leaves a session, named as in tmux: C-\\, C-q, M-d, F12.",
                value: self.detach_key().name().into(),
                is_set: self.detach_key.is_some(),
            },
            Key {
                name: "history-memory",
                about: "MiB of memory for what scrolled away, all sessions together; the least recently viewed give first.",
                value: (self.history_memory() / MEBIBYTE).into(),
                is_set: self.history_memory.is_some(),
            },
            Key {
                name: "clipboard",
                about: "Whether programs in a session may put texts into the clipboard of the terminal that shows it.",
                value: self.clipboard().into(),
                is_set: self.clipboard.is_some(),
            },
            Key {
                name: "ceiling",
                about: "The most that anybody may do on this machine, whatever else lets them: viewer, operator or owner.",
                value: name_of(self.ceiling()).into(),
                is_set: self.ceiling.is_some(),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Settings, String> {
        Settings::parse(text, Path::new("config.toml")).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn what_the_file_says_holds() {
        let text = "port = 8080\nname = 'desk'\ndetach-key = 'C-q'\nhistory-memory = 16\nclipboard = true\nceiling = 'operator'\n";
        let settings = parsed(text).unwrap();
        assert_eq!((settings.port(), settings.name().as_str(), settings.detach_key().name()), (8080, "desk", "C-q"));
        assert_eq!((settings.history_memory(), settings.ceiling()), (16 << 20, Role::Operator));
        assert!(settings.clipboard() && settings.keys().iter().all(|key| key.is_set));
        let silent = parsed("").unwrap();
        assert_eq!(silent.history_memory(), HISTORY_MEMORY);
        assert_eq!((silent.port(), silent.detach_key().name()), (DEFAULT_PORT, "C-\\"));
        assert!(!silent.keys().iter().any(|key| key.is_set));
    }

    #[test]
    fn a_mistake_is_told_with_its_key() {
        for (text, word) in [
            ("prot = 1", "prot"),
            ("port = 70000", "port"),
            ("port = 'x'", "port"),
            ("name = ''", "name"),
            ("detach-key = 'Enter'", "Enter"),
            ("history-memory = 0", "1 MiB"),
            ("history-memory = -1", "history-memory"),
            ("port =", "line 1"),
            ("ceiling = 'none'", "viewer"),
            ("ceiling = 'root'", "ceiling"),
        ] {
            let words = parsed(text).unwrap_err();
            assert!(words.contains("config.toml") && words.contains(word), "{text}: {words}");
        }
    }
}
