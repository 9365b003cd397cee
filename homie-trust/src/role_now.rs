//! What a caller may do, as roster and tailnet have it now: asked in the greeting, and again whenever either is another.

use std::sync::Arc;

use homie_protocol::code::Refusal;
use homie_protocol::hello::{DeviceKey, Role};
use homie_protocol::roster::RosterOffer;

use crate::device::Device;
use crate::exchange::Server;
use crate::greeter::Caller;
use crate::keys_alone::KeysAlone;
use crate::roster::Members;
use crate::tailnet::TailnetCaller;
use crate::via::Via;

impl Server {
    /// What a caller may do here, as it is now.
    pub fn role_now(&self, caller: &Caller, from: Option<&TailnetCaller>) -> Result<Role, Refusal> {
        match (caller.device(), from) {
            (Some(device), from) => self.role_of(device, from, (caller.via.as_ref(), caller.alone)),
            (None, Some(from)) => Ok(from.without_key),
            (None, None) => Ok(caller.role),
        }
    }

    /// What a device may do here, as it is now: none if it is not enrolled and nobody knows it by other means. Behind another
    /// machine there are no other means: whom the tailnet names has not said what that machine makes of it. Nor are there at a
    /// door that takes keys alone, or at one to the internet.
    pub(crate) fn role_of(
        &self,
        device: &DeviceKey,
        from: Option<&TailnetCaller>,
        (via, alone): (Option<&Via>, Option<KeysAlone>),
    ) -> Result<Role, Refusal> {
        let members = self.roster.members()?;
        via.map_or(Ok(()), |via| via.check(&members, self.key.node_id()))?;
        alone.map_or(Ok(()), |alone| alone.check(&members))?;
        let enrolled = members.device(device).map(Device::may);
        if let Some(highest) = alone.map(KeysAlone::highest) {
            return Ok(enrolled.map_or(Role::None, |enrolled| enrolled.min(highest)));
        }
        Ok(match from {
            Some(from) if enrolled.is_some() || via.is_none() => from.role(enrolled),
            _ => enrolled.unwrap_or(Role::None),
        })
    }

    /// Whether the roster knows a device that may look. One that cannot be read knows nobody.
    pub fn is_enrolled(&self, device: &DeviceKey) -> bool {
        let role = |members: Arc<Members>| members.device(device).map(Device::may);
        self.roster.members().is_ok_and(|members| role(members) > Some(Role::None))
    }

    /// Tells, whenever it is asked, whether the roster is another than last time. One that cannot be read takes nothing from
    /// those who are in: the log says so, and nobody new comes in.
    pub fn news(self: &Arc<Self>) -> impl FnMut() -> bool + Send + use<> {
        let (server, mut last) = (Arc::clone(self), None::<Arc<Members>>);
        move || {
            let members = server.roster.members().inspect_err(|error| tracing::error!("{error}"));
            let Ok(members) = members else { return false };
            let is_same = last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &members));
            last = Some(members);
            !is_same
        }
    }
}

/// Whether somebody whom the roster does not name may carry one that does: one of the same mesh that says something else.
pub(crate) fn may_bring_news(
    server: &Server,
    device: &DeviceKey,
    carried: Option<RosterOffer>,
) -> Result<bool, Refusal> {
    let members = server.roster.members()?;
    let ours = members.offer();
    let is_other = carried.is_some_and(|carried| carried.root == ours.root && carried.head != ours.head);
    Ok(is_other && members.device_of(device.id).is_none())
}
