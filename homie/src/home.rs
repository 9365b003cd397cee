//! Where this machine keeps its state and settings, and what it is called.

use std::path::PathBuf;

use directories::ProjectDirs;
use homie_protocol::name::{BadName, Name};
use homie_trust::{StateDir, TrustError};

/// Moves all state into one folder.
const HOME_VARIABLE: &str = "HOMIE_HOME";

/// Opens the state directory, and makes it where there is none.
pub(crate) fn state() -> anyhow::Result<StateDir> {
    Ok(StateDir::open(&state_path()?)?)
}

/// Opens the state directory of a node or gateway that has this door; asking makes no directory.
pub(crate) fn state_behind(door: &str) -> anyhow::Result<Option<StateDir>> {
    let is_there = state_path()?.join(door).exists();
    if is_there { state().map(Some) } else { Ok(None) }
}

/// Where the settings are, in one folder with everything else if that was moved.
pub(crate) fn settings_path() -> anyhow::Result<PathBuf> {
    let folder = match std::env::var_os(HOME_VARIABLE).filter(|home| !home.is_empty()) {
        Some(_) => state_path()?,
        None => platform().map_or_else(state_path, |platform| Ok(platform.config_dir().to_owned()))?,
    };
    Ok(folder.join("config.toml"))
}

/// Where the state directory is, or would be.
pub(crate) fn state_path() -> Result<PathBuf, TrustError> {
    let platform = platform();
    let platform = platform.as_ref().and_then(ProjectDirs::state_dir);
    homie_trust::locate(std::env::var_os(HOME_VARIABLE).as_deref(), platform)
}

fn platform() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "homie")
}

/// A name as it may be given.
pub(crate) fn name(text: &str) -> Result<String, BadName> {
    Name::parse(text).map(Name::into_string)
}

/// The host's name, for a machine that was given none.
pub(crate) fn host_name() -> String {
    first_label(&rustix::system::uname().nodename().to_string_lossy())
}

/// The rest is the network's name.
fn first_label(host: &str) -> String {
    let label = Name::made_of(host.split('.').next().unwrap_or_default());
    label.map_or_else(|| "machine".to_owned(), Name::into_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_gives_its_first_label() {
        assert_eq!(first_label("desk.example.org"), "desk");
        assert_eq!(first_label("desk"), "desk");
        assert_eq!(first_label(""), "machine");
    }
}
