//! Which names are taken: those of the sessions that run, and those promised to sessions that start or are renamed.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::limits::NAME_MAX;

/// The names promised and not in the list yet.
#[derive(Debug, Default)]
pub(super) struct Promised(Vec<String>);

impl Promised {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether somebody is to have this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|promised| promised == name)
    }

    pub(super) fn add(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    pub(super) fn remove(&mut self, name: &str) {
        if let Some(index) = self.0.iter().position(|promised| promised == name) {
            self.0.swap_remove(index);
        }
    }
}

/// Why a name that somebody chose cannot be had.
pub(super) fn name_taken(name: &str) -> Refusal {
    Refusal::new(Code::NameTaken, format!("name: another session that runs is called {name:?}; choose another name"))
}

/// A name nobody chose, with a number if it is taken.
pub(super) fn numbered(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(name) {
        return name.to_owned();
    }
    let variants = (2_u32..).map(|number| {
        let suffix = format!("-{number}");
        let room = NAME_MAX.saturating_sub(suffix.len());
        name.chars().take(room).chain(suffix.chars()).collect::<String>()
    });
    // There are few sessions and endless numbers, so one is free.
    variants.into_iter().find(|variant| !is_taken(variant)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_number_is_taken_and_the_name_stays_short() {
        let taken = ["bash", "bash-2", "bash-4"];
        let is_taken = |name: &str| taken.contains(&name);
        assert_eq!(numbered("sh", is_taken), "sh");
        assert_eq!(numbered("bash", is_taken), "bash-3");
        let long = "ü".repeat(NAME_MAX);
        assert_eq!(numbered(&long, |name| name == long), format!("{}-2", "ü".repeat(NAME_MAX - 2)));
    }
}
