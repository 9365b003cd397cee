//! All machines of the mesh and what runs on them, as this machine's gateway knows it: one circuit, whatever their number.

use anyhow::anyhow;
use homie_protocol::id::NodeId;
use homie_protocol::methods::machine::{
    MachineInfo, Machines, MachinesParams, MeshSession, MeshSessions, MeshSessionsParams,
};
use homie_protocol::methods::session::{SessionInfo, SessionState};

use crate::called::called;
use crate::front::Front;
use crate::here::Sought;
use crate::outcome::{Failure, Outcome};

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct Mesh {
    /// By name, this machine first.
    pub(crate) machines: Vec<MachineInfo>,
    /// The oldest first.
    pub(crate) sessions: Vec<MeshSession>,
}

impl Mesh {
    /// Asks the gateway.
    pub(crate) async fn ask() -> Outcome<Self> {
        let front = Front::look().await?;
        let mut mesh = Self::default();
        let mut after = None;
        loop {
            let page = front.ask::<Machines>(&MachinesParams { subscribe: None, after }).await?;
            mesh.machines.extend(page.machines);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let page = front.ask::<MeshSessions>(&MeshSessionsParams { after }).await?;
            mesh.sessions.extend(page.sessions);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        mesh.machines.sort_by(|one, other| (!one.is_own, &one.name).cmp(&(!other.is_own, &other.name)));
        mesh.sessions.sort_by_key(|found| found.session.created_at);
        Ok(mesh)
    }

    /// The other machines.
    pub(crate) fn others(&self) -> impl Iterator<Item = &MachineInfo> {
        self.machines.iter().filter(|machine| !machine.is_own)
    }

    /// The machine that is called so.
    pub(crate) fn called(&self, wanted: &str) -> Outcome<&MachineInfo> {
        called(&self.machines.iter().collect::<Vec<_>>(), wanted)
    }

    /// The machines with this tag; there has to be one.
    pub(crate) fn tagged(&self, tag: &str) -> Outcome<Vec<&MachineInfo>> {
        let found: Vec<_> = self.machines.iter().filter(|machine| has_tag(machine, tag)).collect();
        if found.is_empty() {
            Err(Failure::NotFound(anyhow!("no machine of the mesh has the tag {tag:?}")))
        } else {
            Ok(found)
        }
    }

    /// This machine, if a gateway has told of it.
    pub(crate) fn own(&self) -> Option<&MachineInfo> {
        self.machines.iter().find(|machine| machine.is_own)
    }

    /// The sessions of a machine.
    pub(crate) fn sessions_of(&self, machine: NodeId) -> impl Iterator<Item = &SessionInfo> {
        self.sessions.iter().filter(move |found| found.machine == machine).map(|found| &found.session)
    }

    /// How many sessions run on a machine.
    pub(crate) fn running(&self, machine: NodeId) -> usize {
        self.sessions_of(machine).filter(|session| session.state == SessionState::Running).count()
    }

    /// The session of another machine that has exactly this name, or this id; nothing if there is none. Part of a name is not
    /// enough: what is meant here should not be done there.
    pub(crate) fn elsewhere(&self, sought: Sought, wanted: &str) -> Outcome<Option<(&MachineInfo, &SessionInfo)>> {
        let is_meant = |session: &SessionInfo| session.name == wanted || session.id.to_string() == wanted;
        let is_sought = |session: &SessionInfo| sought == Sought::Any || session.state != SessionState::Running;
        let is_it = |session: &SessionInfo| is_meant(session) && is_sought(session);
        let found: Vec<_> = self
            .others()
            .flat_map(|machine| self.sessions_of(machine.id).map(move |session| (machine, session)))
            .filter(|(_, session)| is_it(session))
            .collect();
        let runs = |(_, session): &&(&MachineInfo, &SessionInfo)| session.state == SessionState::Running;
        let running: Vec<_> = found.iter().filter(runs).copied().collect();
        match (running.as_slice(), found.as_slice()) {
            ([one], _) | ([], [one]) => Ok(Some(*one)),
            ([], []) => Ok(None),
            ([], several) | (several, _) => Err(Failure::Usage(anyhow!("{}", which(wanted, several)))),
        }
    }
}

/// Whether a machine has this tag.
pub(crate) fn has_tag(machine: &MachineInfo, tag: &str) -> bool {
    machine.tags.iter().any(|known| known == tag)
}

fn which(wanted: &str, several: &[(&MachineInfo, &SessionInfo)]) -> String {
    let names = several.iter().map(|(machine, session)| format!("{}:{}", machine.name, session.name));
    let mut names: Vec<_> = names.collect();
    names.sort();
    let are_twins = names.windows(2).any(|pair| matches!(pair, [one, other] if one == other));
    if are_twins {
        names = several.iter().map(|(machine, session)| format!("{}:{}", machine.name, session.id)).collect();
    }
    format!("{wanted:?} is on several machines; say which: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use homie_protocol::methods::machine::MachineState;

    use super::*;
    use crate::sample::session;

    fn machine(number: u8, name: &str) -> MachineInfo {
        MachineInfo {
            id: NodeId::from_bytes([number; 16]),
            name: name.to_owned(),
            is_own: number == 0,
            state: MachineState::Up,
            why: None,
            seen_at: None,
            through: None,
            origins: Vec::new(),
            tags: Vec::new(),
            presence: None,
            unlisted: 0,
        }
    }

    /// This machine, and two others.
    fn mesh(sessions: &[(u8, SessionInfo)]) -> Mesh {
        let place = |(number, session): &(u8, SessionInfo)| MeshSession {
            machine: NodeId::from_bytes([*number; 16]),
            session: session.clone(),
        };
        Mesh {
            machines: vec![machine(0, "desk"), machine(1, "gw"), machine(2, "laptop")],
            sessions: sessions.iter().map(place).collect(),
        }
    }

    fn found(mesh: &Mesh, wanted: &str) -> Result<Option<String>, String> {
        found_of(Sought::Any, mesh, wanted)
    }

    fn found_of(sought: Sought, mesh: &Mesh, wanted: &str) -> Result<Option<String>, String> {
        match mesh.elsewhere(sought, wanted) {
            Ok(found) => Ok(found.map(|(machine, session)| format!("{}:{}", machine.name, session.created_at))),
            Err(Failure::Usage(error)) => Err(error.to_string()),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_session_elsewhere_is_found_by_its_whole_name() {
        let over = SessionInfo { state: SessionState::Exited, ..session("build", 3) };
        let mesh = mesh(&[(0, session("here", 1)), (1, session("build", 2)), (2, over)]);
        assert_eq!(found(&mesh, "build"), Ok(Some("gw:2".to_owned())), "the one that runs");
        let over = found_of(Sought::Over, &mesh, "build");
        assert_eq!(over, Ok(Some("laptop:3".to_owned())), "to run again the one that is over");
        assert_eq!(found(&mesh, &mesh.sessions[1].session.id.to_string()), Ok(Some("gw:2".to_owned())));
        for wanted in ["bui", "uild", "Build", "", "here"] {
            assert_eq!(found(&mesh, wanted), Ok(None), "{wanted}");
        }
    }

    #[test]
    fn a_machine_is_called_by_its_name_its_pages_or_its_id() {
        let mut mesh = mesh(&[]);
        mesh.machines[1].origins = vec!["https://gw.tail.test:4663".to_owned()];
        let id = mesh.machines[1].id.to_string();
        for wanted in ["gw", "GW", "gw.tail.test", "gw.tail.test:4663", &id] {
            assert_eq!(mesh.called(wanted).unwrap().name, "gw", "{wanted}");
        }
        assert!(matches!(mesh.called("g"), Err(Failure::NotFound(_))), "part of a name is not enough");
        mesh.machines[2].name = "gw".to_owned();
        assert!(matches!(mesh.called("gw"), Err(Failure::Usage(error)) if error.to_string().contains(&id)));
    }

    #[test]
    fn of_several_each_is_told_so_that_it_can_be_typed() {
        let two = mesh(&[(2, session("build", 2)), (1, session("build", 3))]);
        let told = "\"build\" is on several machines; say which: gw:build, laptop:build";
        assert_eq!(found(&two, "build"), Err(told.to_owned()));
        let twins = mesh(&[(1, session("build", 2)), (1, session("build", 3))]);
        assert!(found(&twins, "build").unwrap_err().contains(&twins.sessions[1].session.id.to_string()));
    }
}
