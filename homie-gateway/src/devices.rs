//! `mesh.device.*`: the devices of the mesh, for owners. What is decided here this machine signs.

use std::collections::BTreeMap;
use std::sync::Arc;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::id::DeviceId;
use homie_protocol::limits::PAGE;
use homie_protocol::methods::device::{
    DeviceInfo, DeviceOutput, DeviceRenameParams, DeviceRevokeParams, DeviceRoleParams, DeviceService, DevicesOutput,
    DevicesParams,
};
use homie_trust::{Actor, Attendance, Caller, Device, Roster, Server, TrustError};

use crate::blocking::blocking;

/// Serves them.
#[derive(Clone)]
pub(crate) struct Devices {
    server: Arc<Server>,
    seen: Attendance,
}

impl Devices {
    /// Those of this machine's mesh.
    pub(crate) fn new(server: Arc<Server>) -> Self {
        Self { seen: Attendance::of(&server.dir), server }
    }

    /// Does something to a device, and tells how it is then.
    async fn change(
        &self,
        caller: &Caller,
        device: DeviceId,
        act: impl FnOnce(&Roster, &Actor) -> Result<(), TrustError> + Send + 'static,
    ) -> Result<DeviceOutput, Refusal> {
        let by = caller.device().ok_or_else(|| Refusal::new(Code::Unauthenticated, "device: owners have a key"))?;
        let (actor, server) = (Actor::device(by.id, "mesh.device"), Arc::clone(&self.server));
        blocking(move || act(&server.roster, &actor)).await?;
        tracing::info!("device {device} was changed by {}", by.id);
        let told = self.told().await?;
        told.into_iter().find(|known| known.id == device).map(|device| DeviceOutput { device }).ok_or_else(no_such)
    }

    async fn told(&self) -> Result<Vec<DeviceInfo>, Refusal> {
        let devices = self.clone();
        blocking(move || {
            let (members, own) = (devices.server.roster.members()?, Roster::own_public(&devices.server.dir)?);
            let seen = devices.seen.all();
            Ok(members.devices().iter().map(|device| told(device, &seen, device.key == own)).collect())
        })
        .await
    }
}

impl DeviceService for Devices {
    type Caller = Caller;

    async fn devices(&self, _: &Caller, params: DevicesParams) -> Result<DevicesOutput, Refusal> {
        let all = self.told().await?;
        let from = match params.after {
            None => 0,
            Some(after) => all.iter().position(|device| device.id == after).ok_or_else(no_such)? + 1,
        };
        let devices: Vec<_> = all.iter().skip(from).take(PAGE).cloned().collect();
        let has_more = from + devices.len() < all.len();
        let next = devices.last().filter(|_| has_more).map(|last| last.id);
        Ok(DevicesOutput { devices, next })
    }

    async fn rename(&self, caller: &Caller, params: DeviceRenameParams) -> Result<DeviceOutput, Refusal> {
        let DeviceRenameParams { device, name } = params;
        self.change(caller, device, move |roster, actor| roster.rename(device, &name, actor)).await
    }

    async fn set_role(&self, caller: &Caller, params: DeviceRoleParams) -> Result<DeviceOutput, Refusal> {
        let DeviceRoleParams { device, role } = params;
        self.change(caller, device, move |roster, actor| roster.set_role(device, role, actor)).await
    }

    async fn revoke(&self, caller: &Caller, params: DeviceRevokeParams) -> Result<DeviceOutput, Refusal> {
        let device = params.device;
        if self.told().await?.iter().any(|known| known.id == device && known.is_machine) {
            return Err(Refusal::new(
                Code::Forbidden,
                "device: this machine signs with it, and without it only the recovery words help; at the machine itself \
                 `homie devices revoke` does it",
            ));
        }
        self.change(caller, device, move |roster, actor| roster.revoke(device, actor)).await
    }
}

fn told(device: &Device, seen: &BTreeMap<DeviceId, u64>, is_machine: bool) -> DeviceInfo {
    DeviceInfo {
        id: device.id(),
        name: device.name.clone(),
        role: device.may(),
        kind: device.kind,
        platform: device.platform.clone(),
        added_at: device.added_at,
        seen_at: seen.get(&device.id()).copied(),
        is_revoked: device.is_revoked,
        is_machine,
    }
}

fn no_such() -> Refusal {
    Refusal::new(Code::NotFound, "device: no such device; ask for the list again")
}
