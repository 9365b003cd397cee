//! What this machine learns of who belongs to the mesh, above all whom it has revoked, is told to every machine that is
//! there at once. At the greeting both were brought to the same; from then on only what is new is told.

use std::collections::BTreeSet;

use homie_circuit::client::Client;
use homie_protocol::code::Refusal;
use homie_protocol::limits::ENTRIES_TOLD;
use homie_protocol::methods::mesh::{RosterTell, TellParams};
use homie_protocol::roster::{EntryHash, SignedEntry};
use homie_trust::Roster;

/// What one machine has been told.
#[derive(Debug)]
pub(super) struct Share {
    roster: Roster,
    told: BTreeSet<EntryHash>,
}

impl Share {
    /// For a machine that is about to be greeted, with this roster in hand.
    pub(super) fn new(roster: Roster) -> Self {
        let members = roster.members().ok();
        let told = members.iter().flat_map(|members| members.by_owners().map(|(name, _)| name)).collect();
        Self { roster, told }
    }

    /// Tells what is new.
    pub(super) async fn tell(&mut self, client: &Client) -> Result<(), Refusal> {
        let members = self.roster.members()?;
        let (root, new) = (members.root(), members.by_owners().filter(|(name, _)| !self.told.contains(name)));
        let new: Vec<(EntryHash, SignedEntry)> = new.map(|(name, signed)| (name, signed.clone())).collect();
        for page in new.chunks(ENTRIES_TOLD) {
            let entries = page.iter().map(|(_, signed)| signed.clone()).collect();
            client.request::<RosterTell>(&TellParams { root, entries }).await?;
            self.told.extend(page.iter().map(|(name, _)| *name));
        }
        Ok(())
    }
}
