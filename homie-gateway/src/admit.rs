//! Who may ask: what the request says, how often its source has asked, and, where it came from the tailnet, what tailscaled
//! says of it, or where it has proved a key, whether that still counts. Nothing else of the house is reached before.

use axum::http::request::Parts;
use homie_trust::{Claim, HostOrigin, Keyed, Public, Relayed, Seen, Source, TailnetCaller, Watchman};

use crate::check::{Checked, Denied, check};
use crate::hop::Hop;
use crate::house::House;
use crate::key_door::JOIN;
use crate::rate::Rate;
use crate::spare;

/// A caller from elsewhere, for the routes.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// Through which door it came.
    pub(crate) hop: Hop,
    /// How it is known.
    pub(crate) proof: Proof,
    /// What it says of whoever is behind it.
    pub(crate) relayed: Option<Relayed>,
}

/// How a caller from elsewhere is known.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    /// The door knows this of it, and so it is that machine of the tailnet.
    Tailnet(Claim, TailnetCaller),
    /// It has proved a key of the roster.
    Key(Keyed),
    /// It is not, and comes from the internet.
    Nobody(Public),
}

impl House {
    /// Decides about a request before its path is looked at.
    pub(crate) async fn admit(&self, head: &Parts) -> Result<(Seen, Option<Visit>), Denied> {
        // A connection without a door is a mistake of ours.
        let hop = *head.extensions.get::<Hop>().ok_or(Denied::Malformed)?;
        let Checked { seen, claim, relayed } = check(head, hop, &self.allowed(hop, head.uri.path()))?;
        let source = claim.as_ref().map_or_else(|| hop.source(), |claim| Source::of(claim.address.ip()));
        let rate = if relayed.is_some() { self.rates.relayed() } else { self.rates.at(hop) };
        if !rate.allows(&source) {
            return Err(Denied::TooOften);
        }
        // Who was invited may join, and a door to that is open to nobody else.
        if matches!(hop, Hop::Newcomer(_)) != (head.uri.path() == JOIN) {
            return Err(Denied::Foreign);
        }
        let proof = match (hop.keyed(), claim, hop.public()) {
            (Some(keyed), ..) => self.keyed(keyed, head.uri.path())?,
            (None, Some(claim), _) => self.of_tailnet(hop, claim, rate).await?,
            (None, None, Some(public)) => Proof::Nobody(public),
            (None, None, None) => return Ok((seen, None)),
        };
        if let Some(relayed) = &relayed {
            self.admit_relayed(relayed, head.uri.path())?;
        }
        Ok((seen, Some(Visit { hop, proof, relayed })))
    }

    /// Behind a door for keys there are circuits, and no page; and a key may have been revoked since it was proved.
    fn keyed(&self, keyed: Keyed, path: &str) -> Result<Proof, Denied> {
        let is_for_programs = matches!(path, "/ws" | "/.well-known/homie" | spare::PATH) || path.starts_with("/m/");
        if !is_for_programs {
            return Err(Denied::Foreign);
        }
        let members = self.roster.members().map_err(|_| Denied::Revoked)?;
        if keyed.known.is_good(&members) { Ok(Proof::Key(keyed)) } else { Err(Denied::Revoked) }
    }

    async fn of_tailnet(&self, hop: Hop, claim: Claim, rate: &Rate) -> Result<Proof, Denied> {
        let caller = self.ask(hop, &claim).await?;
        if !rate.allows(&Source::Machine(caller.stable_id.clone())) {
            return Err(Denied::TooOften);
        }
        Ok(Proof::Tailnet(claim, caller))
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
        let may_be_anothers = hop.is_of_tailnet() || hop.public().is_some();
        if !may_be_anothers || !self.is_own_circuit(path) {
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

    /// Watches over a circuit of this caller, if it came from the tailnet.
    pub(crate) fn watchman(&self, visit: &Visit) -> Option<Watchman> {
        let Proof::Tailnet(claim, caller) = &visit.proof else { return None };
        let (tailnet, beats) = (self.tailnet.clone()?, self.beats.clone()?);
        Some(Watchman::new(tailnet, beats, claim.clone(), caller))
    }

    async fn ask(&self, hop: Hop, claim: &Claim) -> Result<TailnetCaller, Denied> {
        let tailnet = self.tailnet.as_ref().ok_or(Denied::Malformed)?;
        tailnet.who(claim).await.map_err(|why| {
            tracing::info!("{} at the door {} was sent away: {why:?}", claim.address.ip(), hop.name());
            Denied::Unwelcome(why)
        })
    }
}
