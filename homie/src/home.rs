//! Where this machine keeps its state, and what it is called.

use directories::ProjectDirs;
use homie_protocol::name::{BadName, Name};
use homie_trust::StateDir;

/// Moves all state into one folder.
const HOME_VARIABLE: &str = "HOMIE_HOME";

/// Opens the state directory, and makes it where there is none.
pub(crate) fn state() -> anyhow::Result<StateDir> {
    let platform = ProjectDirs::from("", "", "homie");
    let platform = platform.as_ref().and_then(ProjectDirs::state_dir);
    let path = homie_trust::locate(std::env::var_os(HOME_VARIABLE).as_deref(), platform)?;
    Ok(StateDir::open(&path)?)
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
