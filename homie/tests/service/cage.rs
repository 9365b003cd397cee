//! Processes that may have so much memory and no more.

use std::fs;
use std::path::{Path, PathBuf};

use crate::person::Person;
use crate::system::{answer, enter_group, until};

/// A unit of a person's whose processes get no more. Where the system's own control groups have no memory to give, a group of
/// the older kind in `$HOMIE_MEMORY` takes the processes in; the unit, and what systemd thinks of it, have no part in it then.
pub(crate) struct Cage<'a> {
    person: &'a Person,
    unit: &'a str,
    group: Option<PathBuf>,
}

impl<'a> Cage<'a> {
    /// Closes at once around the unit and its processes.
    pub(crate) fn new(person: &'a Person, unit: &'a str, processes: &[&str], most: &str) -> Self {
        let group = std::env::var("HOMIE_MEMORY").ok().map(|groups| Path::new(&groups).join(unit));
        let cage = Self { person, unit, group };
        if let Some(group) = &cage.group {
            fs::create_dir(group).unwrap();
            fs::write(group.join("memory.limit_in_bytes"), most).unwrap();
            for process in processes {
                enter_group(process, group);
            }
        } else {
            cage.limit(most);
        }
        cage
    }

    /// Waits until the kernel has killed in it, and systemd has noticed.
    pub(crate) fn until_kill(&self) {
        until("a kill for want of memory", || {
            // A node that rests needs none until it is asked for something.
            let _dies_of_it = answer(&mut self.person.command(&["homie", "status"]));
            let has_killed = match &self.group {
                Some(group) => {
                    let told = fs::read_to_string(group.join("memory.oom_control")).unwrap();
                    told.lines().any(|line| line == "oom_kill 1")
                }
                None => self.person.journal(self.unit).contains("killed by the OOM killer"),
            };
            has_killed.then_some(())
        });
    }

    /// From now on there is enough again.
    pub(crate) fn open(self) {
        match &self.group {
            Some(group) => fs::write(group.join("memory.limit_in_bytes"), "-1").unwrap(),
            None => self.limit("infinity"),
        }
    }

    fn limit(&self, most: &str) {
        self.person.systemctl(&["set-property", "--runtime", self.unit, &format!("MemoryMax={most}")]);
    }
}
