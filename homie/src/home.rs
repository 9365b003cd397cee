//! Where this machine keeps its state, and what it is called.

use directories::ProjectDirs;
use homie_protocol::limits::NAME_MAX;
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

/// A name as it may be given: printable and not too long.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let fits = (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(format!("a name has 1 to {NAME_MAX} printable characters")) }
}

/// The host's name, for a machine that was given none.
pub(crate) fn host_name() -> String {
    first_label(&rustix::system::uname().nodename().to_string_lossy())
}

/// The rest is the network's name.
fn first_label(host: &str) -> String {
    name(host.split('.').next().unwrap_or_default()).unwrap_or_else(|_| "machine".to_owned())
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

    #[test]
    fn a_name_is_short_and_printable() {
        assert_eq!(name(" desk "), Ok("desk".to_owned()));
        for bad in ["", "  ", "a\u{1b}[31mb", &"x".repeat(NAME_MAX + 1)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
