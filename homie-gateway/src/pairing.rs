//! `pairing.redeem`: a one-use link turns the key that a circuit has proved into a known device.

use std::time::{SystemTime, UNIX_EPOCH};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use homie_protocol::id::NodeId;
use homie_protocol::limits::NAME_MAX;
use homie_protocol::methods::pairing::{PairingService, RedeemOutput, RedeemParams};
use homie_trust::{Caller, Device, DeviceList, OneUseLinks, StateDir, SystemBootClock, TrustError};

/// Links are made at the machine itself, so whoever has one sits at it.
const ROLE: Role = Role::Owner;

/// Enrols devices at this machine.
#[derive(Clone)]
pub(crate) struct Pairing {
    links: OneUseLinks,
    devices: DeviceList,
    node: NodeId,
}

impl Pairing {
    /// The pairing of the machine with this state.
    pub(crate) fn new(state: &StateDir, node: NodeId) -> Self {
        Self { links: OneUseLinks::of(state), devices: DeviceList::of(state), node }
    }

    fn enrol(&self, params: &RedeemParams, device: Device) -> Result<(), TrustError> {
        self.links.redeem(&params.secret, &SystemBootClock)?;
        self.devices.add(device)
    }
}

impl PairingService for Pairing {
    type Caller = Caller;

    async fn redeem(&self, caller: &Caller, params: RedeemParams) -> Result<RedeemOutput, Refusal> {
        let Some(key) = caller.device() else {
            return Err(Refusal::new(
                Code::Unauthenticated,
                "device: a link enrols the key of the greeting, and there was none",
            ));
        };
        let device = Device::new(key.clone(), &clean(&params.name), ROLE, caller.kind, now_ms())?;
        let output = RedeemOutput { device: device.id, role: ROLE, node: self.node };
        let pairing = self.clone();
        let enrolled = tokio::task::spawn_blocking(move || pairing.enrol(&params, device)).await;
        enrolled.map_err(|_| {
            Refusal::new(Code::Internal, "the link could not be redeemed; the gateway's log says why")
        })??;
        tracing::info!("device {} is enrolled", output.device);
        Ok(output)
    }
}

/// A name as it may stand in a list: printable, without blanks at its ends, not too long, not empty.
fn clean(name: &str) -> String {
    let printable: String =
        name.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| is_printable(*c)).collect();
    let short: String = printable.trim().chars().take(NAME_MAX).collect();
    let short = short.trim_end();
    if short.is_empty() { "device".to_owned() } else { short.to_owned() }
}

/// Neither a control character nor one that changes how its neighbours are shown.
fn is_printable(c: char) -> bool {
    let formats = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    !c.is_control() && !formats
}

/// For people to read; nothing is decided by it.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_printable() {
        for (given, kept) in [
            ("Firefox on desk", "Firefox on desk"),
            ("  a\tb\n ", "a b"),
            ("\u{1b}[31mred", "[31mred"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("\u{200b}\u{feff}", "device"),
            ("", "device"),
            ("Grüße 手", "Grüße 手"),
        ] {
            assert_eq!(clean(given), kept);
        }
        assert_eq!(clean(&"x".repeat(1000)).chars().count(), NAME_MAX);
    }
}
