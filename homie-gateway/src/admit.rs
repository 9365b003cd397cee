//! Who may ask: what the request says, how often its source has asked, and, where it came from the tailnet, what tailscaled
//! says of it. Nothing else of the house is reached before.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::request::Parts;
use homie_trust::{Claim, HostOrigin, Relayed, Seen, Source, TailnetCaller, Watchman};

use crate::check::{Checked, Denied, check};
use crate::hop::Hop;
use crate::routes::House;

/// A caller from the tailnet, for the routes.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// Through which door it came.
    pub(crate) hop: Hop,
    /// What that door knows of it.
    pub(crate) claim: Claim,
    /// Who it is.
    pub(crate) caller: TailnetCaller,
    /// What it says of whoever is behind it.
    pub(crate) relayed: Option<Relayed>,
}

impl House {
    /// Decides about a request before its path is looked at.
    pub(crate) async fn admit(&self, head: &Parts) -> Result<(Seen, Option<Visit>), Denied> {
        // A connection without a door is a mistake of ours.
        let hop = *head.extensions.get::<Hop>().ok_or(Denied::Malformed)?;
        let Checked { seen, claim, relayed } = check(head, hop, &self.allowed(hop, head.uri.path()))?;
        let ip = claim.as_ref().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |claim| claim.address.ip());
        let rate = if relayed.is_some() { self.rates.relayed() } else { self.rates.at(hop) };
        if !rate.allows(&Source::of(ip)) {
            return Err(Denied::TooOften);
        }
        let Some(claim) = claim else { return Ok((seen, None)) };
        let caller = self.ask(hop, &claim).await?;
        if !rate.allows(&Source::Machine(caller.stable_id.clone())) {
            return Err(Denied::TooOften);
        }
        if let Some(relayed) = &relayed {
            self.admit_relayed(relayed, head.uri.path())?;
        }
        Ok((seen, Some(Visit { hop, claim, caller, relayed })))
    }

    /// What is passed on ends here: it is for this machine's node alone, and by a machine of the mesh that says names of its
    /// own.
    fn admit_relayed(&self, relayed: &Relayed, path: &str) -> Result<(), Denied> {
        let members = self.roster.members().map_err(|_| Denied::Foreign)?;
        let is_good = self.is_own_node(path) && relayed.check(&members, self.node).is_ok();
        is_good.then_some(()).ok_or_else(|| {
            tracing::info!("a circuit that {} passes on was sent away", relayed.machine);
            Denied::Foreign
        })
    }

    /// By which names and from which pages a request may come. A circuit with this machine, and nothing else here, may be
    /// opened by a page that another machine of the mesh has served; a roster that cannot be read lets none in.
    pub(crate) fn allowed(&self, hop: Hop, path: &str) -> HostOrigin {
        let own = self.names.at(hop).as_ref().clone();
        if !hop.is_of_tailnet() || !self.is_own_circuit(path) {
            return own;
        }
        match self.roster.members() {
            Ok(members) => own.with_pages(members.pages()),
            Err(_) => own,
        }
    }

    fn is_own_circuit(&self, path: &str) -> bool {
        path == "/ws" || self.is_own_node(path)
    }

    fn is_own_node(&self, path: &str) -> bool {
        path.strip_prefix("/m/").and_then(|id| id.parse().ok()) == Some(self.node)
    }

    /// Watches over a circuit of this caller.
    pub(crate) fn watchman(&self, visit: &Visit) -> Option<Watchman> {
        let (tailnet, beats) = (self.tailnet.clone()?, self.beats.clone()?);
        Some(Watchman::new(tailnet, beats, visit.claim.clone(), &visit.caller))
    }

    async fn ask(&self, hop: Hop, claim: &Claim) -> Result<TailnetCaller, Denied> {
        let tailnet = self.tailnet.as_ref().ok_or(Denied::Malformed)?;
        tailnet.who(claim).await.map_err(|why| {
            tracing::info!("{} at the door {} was sent away: {why:?}", claim.address.ip(), hop.name());
            Denied::Unwelcome(why)
        })
    }
}
