//! Whether tailscaled is connected, and if not, what it waits for.

use std::fmt;

use serde::Deserialize;

/// `BackendState` of the status, `State` of the change bus.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "String")]
pub enum BackendState {
    /// Just started.
    #[default]
    NoState,
    /// Somebody else of this machine uses it (Windows).
    InUseOtherUser,
    /// Nobody is logged in, or the key has expired.
    NeedsLogin,
    /// An administrator of the tailnet has to admit this machine.
    NeedsMachineAuth,
    /// `tailscale down`.
    Stopped,
    /// Connects.
    Starting,
    /// Connected.
    Running,
    /// One that newer versions have.
    Other(String),
}

const NAMES: [(&str, BackendState); 7] = [
    ("NoState", BackendState::NoState),
    ("InUseOtherUser", BackendState::InUseOtherUser),
    ("NeedsLogin", BackendState::NeedsLogin),
    ("NeedsMachineAuth", BackendState::NeedsMachineAuth),
    ("Stopped", BackendState::Stopped),
    ("Starting", BackendState::Starting),
    ("Running", BackendState::Running),
];

impl BackendState {
    /// By its number, as the bus tells it.
    pub(crate) fn numbered(number: u64) -> Self {
        let named = usize::try_from(number).ok().and_then(|number| NAMES.get(number));
        named.map_or_else(|| Self::Other(number.to_string()), |(_, state)| state.clone())
    }
}

impl From<String> for BackendState {
    fn from(name: String) -> Self {
        let named = NAMES.iter().find(|(known, _)| *known == name);
        named.map_or_else(|| Self::Other(name), |(_, state)| state.clone())
    }
}

impl fmt::Display for BackendState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(name) => f.write_str(name),
            known => NAMES.iter().filter(|(_, state)| state == known).try_for_each(|(name, _)| f.write_str(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_tailscaleds() {
        for (number, (name, state)) in NAMES.into_iter().enumerate() {
            assert_eq!(BackendState::from(name.to_owned()), state);
            assert_eq!(BackendState::numbered(number as u64), state);
            assert_eq!(state.to_string(), name);
        }
        assert_eq!(BackendState::numbered(6), BackendState::Running);
    }

    #[test]
    fn a_new_state_is_kept_and_is_not_running() {
        let new = BackendState::from("Hibernating".to_owned());
        assert_eq!(new, BackendState::Other("Hibernating".to_owned()));
        assert_eq!(new.to_string(), "Hibernating");
        assert_eq!(BackendState::numbered(u64::MAX), BackendState::Other(u64::MAX.to_string()));
    }
}
