//! Another machine's node, called over the tailnet with this machine's own device key.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use homie_circuit::client::{ABOUT, Client, Config, State, Web};
use homie_gateway::reach::{
    self, Address, DETOURS, Known, Place, Unplaced, at_ports, config, config_nowhere, detours, first_label, in_order,
    internet_ways, keyed_way, keyed_ways, tls_client, web, with_keyed,
};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Role, Service};
use homie_protocol::id::NodeId;
use homie_protocol::limits::HELLO_MS;
use homie_protocol::method::Method;
use homie_tailnet::{LocalApi, Status, find_socket};
use homie_trust::{DeviceIdentity, GatewayFile, KeyPair, Machine, Roster, StateDir, node_id};
use serde::Deserialize;
use tokio::time::timeout;

use crate::here::Here;
use crate::outcome::{Failure, Outcome, remark};
use crate::settings::Settings;
use crate::{home, keys};

/// How long further ports are tried.
const LOOKED_FOR: Duration = Duration::from_secs(5);

/// How long an answer of a gateway may take.
const DECIDED_WITHIN: Duration = Duration::from_secs(40);

/// What the command calls itself.
const AGENT: &str = concat!("homie/", env!("CARGO_PKG_VERSION"));

/// What a command knows of another machine.
#[derive(Debug, Clone)]
pub(crate) struct Far {
    /// As it was typed.
    typed: String,
    /// What is dialled.
    authority: String,
    /// What this machine's key may do there.
    role: Role,
    /// Whether both are of one mesh, so that its key is known there.
    is_known: bool,
}

/// What a gateway says of its machine, as far as it is needed.
#[derive(Debug, Deserialize)]
struct About {
    node: NodeId,
}

impl Far {
    /// A session's name, so that it can be typed again here; after a port it could not.
    pub(crate) fn spoken(far: Option<&Self>, name: &str) -> String {
        match far.filter(|far| !far.typed.contains(':')) {
            Some(far) => format!("{}:{name}", far.typed),
            None => name.to_owned(),
        }
    }

    /// A refusal, with what can be done about it from here.
    pub(crate) fn explain(&self, refusal: Refusal) -> Refusal {
        let Refusal { code, message } = refusal;
        match code {
            Code::Forbidden if self.role < Role::Operator && !self.is_known => {
                Refusal::new(code, format!("{message}. {}", self.advice()))
            }
            _ => Refusal { code, message },
        }
    }

    /// It does not answer.
    pub(crate) fn silent(&self) -> Failure {
        Failure::Unreachable(anyhow!("{} does not answer; `tailscale ping` tells whether it is there", self.typed))
    }

    fn advice(&self) -> String {
        let Self { typed, authority, .. } = self;
        format!(
            "{typed} does not know this machine's key, or lets it look only (`homie devices` there tells); \
             `homie up --join https://{authority}` here makes both one mesh, if they are the same person's"
        )
    }
}

/// The machine that somebody has typed, before it is called.
struct Found {
    state: StateDir,
    /// The straight way, or why nobody here knows one.
    web: Result<Web, Failure>,
    /// The ways that are left: to its key door, and over the internet.
    keyed: Vec<Web>,
    /// The gateways of other machines that may lead to it.
    others: Vec<Web>,
    node: NodeId,
    is_known: bool,
}

/// Another machine's gateway.
#[derive(Debug)]
pub(crate) struct FarGateway {
    client: Client,
    /// What is dialled.
    pub(crate) authority: String,
    /// The machine.
    pub(crate) node: NodeId,
}

impl FarGateway {
    /// Calls a method; some answers are held back for 20 s.
    pub(crate) async fn ask<M: Method>(&self, params: &M::Params) -> Outcome<M::Output>
    where
        M::Output: 'static,
    {
        match timeout(DECIDED_WITHIN, self.client.request::<M>(params)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Failure::Unreachable(anyhow!("{} does not answer", self.authority))),
        }
    }
}

/// Calls the node of the machine that somebody has typed.
pub(crate) async fn connect(typed: &str) -> Outcome<Here> {
    reach(typed, find(typed).await?).await
}

/// Calls the node of a machine of the roster, which people call so.
pub(crate) async fn connect_to(node: NodeId, name: &str) -> Outcome<Here> {
    let gone = || Failure::NotFound(anyhow!("{name} is none of the mesh any more"));
    let found = locate(|known| {
        let machine = known.machines.iter().find(|machine| machine.id() == node && !machine.is_retired);
        let machine = machine.ok_or_else(gone)?;
        Ok((known.of_machine(machine), Some(machine.clone())))
    });
    reach(name, found.await?).await
}

async fn reach(typed: &str, found: Found) -> Outcome<Here> {
    let Found { state, web, keyed, others, node, is_known } = found;
    if let Ok(web) = &web
        && !is_known
    {
        remark(&format!(
            "homie: {} is not in this machine's roster; its certificate alone says who it is",
            web.authority
        ));
    }
    let (authority, identity) = (web.as_ref().map_or(typed.into(), Web::label).into_owned(), identity(&state, node)?);
    let name = authority.clone();
    let (config, nowhere) = match web {
        Ok(web) => (config(Service::Node, node, web, AGENT, identity), None),
        Err(why) => (config_nowhere(Service::Node, node, typed, AGENT, identity), Some(why)),
    };
    let config = Config { detours: detours(node, others.into_iter()), ..config };
    let client = match (call(&authority, with_keyed(config, node, keyed)).await, nowhere) {
        (Ok(client), _) => client,
        (Err(_), Some(why)) => return Err(why),
        (Err(refusal), None) => return Err(refusal.into()),
    };
    let (machine, role) = match &*client.state().borrow() {
        State::Up(up) => {
            if let Some(gateway) = &up.through {
                remark(&format!("homie: {typed} is reached through {gateway}"));
            }
            (up.name.clone(), up.ready.role)
        }
        _ => (name, Role::None),
    };
    let far = Far { typed: typed.to_owned(), authority, role, is_known };
    Ok(Here { client, machine, id: node, state, far: Some(far) })
}

/// Calls its gateway.
pub(crate) async fn gateway(typed: &str) -> Outcome<FarGateway> {
    let Found { state, web, node, .. } = find(typed).await?;
    let web = web?;
    let (authority, identity) = (web.authority.clone(), identity(&state, node)?);
    let client = call(&authority, config(Service::Gateway, node, web, AGENT, identity)).await?;
    Ok(FarGateway { client, authority, node })
}

/// Calls the gateway of the machine with this id at its key door, as this machine's own device.
pub(crate) async fn gateway_by_key(node: NodeId, at: (&str, u16)) -> Outcome<FarGateway> {
    let state = home::state()?;
    let key = Arc::new(Roster::own_key(&state)?);
    let web = keyed_way(node, at, &key).map_err(|error| Failure::Failed(error.into()))?;
    let (authority, label) = (web.authority.clone(), web.label().into_owned());
    let client = call(&label, config(Service::Gateway, node, web, AGENT, identity(&state, node)?)).await?;
    Ok(FarGateway { client, authority, node })
}

async fn find(typed: &str) -> Outcome<Found> {
    let address: Address = typed.parse().map_err(|error| Failure::Usage(anyhow::Error::new(error)))?;
    locate(|known| Ok((known.place(&address), known.machine(&address).map_err(unplaced)?.cloned()))).await
}

/// Where a machine is, and which one of the roster, if it is one. Where neither tailnet nor name tells, its key door may.
async fn locate(
    place: impl FnOnce(&Known<'_>) -> Outcome<(Result<Place, Unplaced>, Option<Machine>)>,
) -> Outcome<Found> {
    let state = home::state()?;
    keys::ready_to_call(&state).await?;
    let own = node_id(&KeyPair::machine_public(&state)?);
    let machines = machines(&state)?;
    let tailnet = tailnet().await;
    let status = tailnet.as_ref().map(|(_, status)| status).map_err(Clone::clone);
    let known = Known { machines: &machines, own, status };
    let (place, machine) = place(&known)?;
    let keyed = keyed(&state, machine.as_ref())?;
    let tailnet = tailnet.as_ref().ok().map(|(api, status)| (api, status));
    let tls = tls_client().map_err(|error| error.to_string());
    let straight = match (place, &tls) {
        (Ok(place), Ok(tls)) => by_name(&place, web(&place, tailnet, Arc::clone(tls)), own).await,
        (Ok(_), Err(why)) => Err(Failure::Failed(anyhow!(why.clone()))),
        (Err(why), _) => Err(unplaced(why)),
    };
    let (way, keyed, node) = match (straight, machine, keyed.split_first()) {
        (Ok((web, node)), ..) => {
            let internet =
                machines.iter().find(|machine| machine.id() == node && !machine.is_retired).zip(tls.as_ref().ok());
            let internet = internet.map(|(machine, tls)| internet_ways(machine, &web, tls)).unwrap_or_default();
            let (web, keyed) = in_order(web, keyed);
            (Ok(web), [keyed, internet].concat(), node)
        }
        (Err(_), Some(machine), Some((first, rest))) => (Ok(first.clone()), rest.to_vec(), machine.id()),
        // It may have left connections with others.
        (Err(failure), Some(machine), None) => (Err(failure), keyed, machine.id()),
        (Err(failure), None, _) => return Err(failure),
    };
    let is_other = |machine: &&Machine| !machine.is_retired && machine.id() != own && machine.id() != node;
    let others = machines.iter().filter(is_other).filter_map(|other| match (known.of_machine(other), &tls) {
        (Ok(place), Ok(tls)) => Some(in_order(web(&place, tailnet, Arc::clone(tls)), keyed_or_none(&state, other)).0),
        _ => keyed_or_none(&state, other).into_iter().next(),
    });
    let others = with_own(own_gateway(&state, node), others.collect(), way.is_ok());
    let is_known = machines.iter().any(|machine| machine.id() == node && !machine.is_retired);
    Ok(Found { state, web: way, keyed, others, node, is_known })
}

/// The way to its page, and who answers there.
async fn by_name(place: &Place, web: Web, own: NodeId) -> Outcome<(Web, NodeId)> {
    match place.node {
        Some(node) if !place.is_usual => Ok((web, node)),
        _ => look_for(place, &web, own).await,
    }
}

/// The gateways that may lead to a machine. This one's own comes first where nobody knows a straight way: the machine may have left
/// connections there. Else it is the last that is tried, for the straight way may be of a time when the machine was elsewhere.
fn with_own(own: Option<Web>, mut others: Vec<Web>, is_last: bool) -> Vec<Web> {
    others.truncate(DETOURS - 1);
    let at = if is_last { others.len() } else { 0 };
    others.splice(at..at, own);
    others
}

/// The way through the gateway of this machine, if one runs: a machine that cannot be dialled may have left connections there.
fn own_gateway(state: &StateDir, node: NodeId) -> Option<Web> {
    let file = GatewayFile::read(state).ok()??;
    let key = Arc::new(Roster::own_key(state).ok()?);
    reach::own_gateway(node, file.addr, file.hosts.iter().find(|host| host.starts_with("localhost"))?, &key).ok()
}

/// The ways to the key door of a machine whose gateway may lead to the one that is meant.
fn keyed_or_none(state: &StateDir, machine: &Machine) -> Vec<Web> {
    keyed(state, Some(machine)).unwrap_or_default()
}

/// The ways to the key door of a machine, for this one's own device.
fn keyed(state: &StateDir, machine: Option<&Machine>) -> Outcome<Vec<Web>> {
    let Some(machine) = machine.filter(|machine| machine.key_doors().next().is_some()) else { return Ok(Vec::new()) };
    keyed_ways(machine, &Arc::new(Roster::own_key(state)?)).map_err(|error| Failure::Failed(error.into()))
}

/// This machine's own device, as it speaks to the other one.
fn identity(state: &StateDir, node: NodeId) -> Outcome<DeviceIdentity> {
    let identity = DeviceIdentity::for_node(Roster::own_key(state)?, node)?;
    // What it has not heard yet, a revocation above all, it hears from us.
    Ok(match Roster::find(state) {
        Some(roster) => identity.carrying(roster),
        None => identity,
    })
}

async fn call(authority: &str, config: Config) -> Result<Client, Refusal> {
    Client::connect(config).await.map_err(|refusal| refused(authority, refusal))
}

/// The first of its ports at which it says which machine it is. What is told where there is none is the first port's story.
async fn look_for(place: &Place, web: &Web, own: NodeId) -> Outcome<(Web, NodeId)> {
    let (mut first, began) = (None, Instant::now());
    for web in at_ports(place, web).take_while(|_| began.elapsed() < LOOKED_FOR) {
        match ask_who(&web, own).await {
            Ok(node) if place.node.is_none_or(|wanted| wanted == node) => return Ok((web, node)),
            Ok(_) => drop(first.get_or_insert_with(|| another(&web))),
            Err(failure) if is_nobody(&failure) => drop(first.get_or_insert(failure)),
            Err(failure) => return Err(failure),
        }
    }
    Err(first.unwrap_or_else(|| another(web)))
}

/// Whether another port may have more to say: something answers, and it is not Homie.
fn is_nobody(failure: &Failure) -> bool {
    let refusal = match failure {
        Failure::Failed(error) => error.downcast_ref::<Refusal>(),
        _ => None,
    };
    matches!(failure, Failure::Unreachable(_)) || refusal.is_some_and(|refusal| refusal.code == Code::Unreachable)
}

fn another(web: &Web) -> Failure {
    let words = format!("{}: another machine answers there than the one that was meant", web.authority);
    Refusal::new(Code::Unauthenticated, words).into()
}

/// The machine says which one it is; from then on nobody else may answer.
async fn ask_who(web: &Web, own: NodeId) -> Outcome<NodeId> {
    let asked = timeout(Duration::from_millis(HELLO_MS), web.get(ABOUT)).await;
    let late = |_| Err(Refusal::new(Code::Timeout, format!("{}: it does not answer within 5 seconds", web.authority)));
    let about = asked.unwrap_or_else(late)?;
    let no_homie = || format!("{}: what answers there is not Homie", web.authority);
    let about: About = serde_json::from_slice(&about).with_context(no_homie).map_err(Failure::Unreachable)?;
    if about.node == own { Err(unplaced(Unplaced::Here(web.authority.clone()))) } else { Ok(about.node) }
}

/// A refusal of the other machine's, which names itself.
fn refused(authority: &str, refusal: Refusal) -> Refusal {
    let Refusal { code, message } = refusal;
    let words = match code {
        Code::DeviceUnknown => "this machine's key was revoked there, or may do nothing; `homie devices` there tells",
        _ if message.starts_with(authority) => return Refusal { code, message },
        _ => &message,
    };
    Refusal::new(code, format!("{authority}: {words}"))
}

fn unplaced(why: Unplaced) -> Failure {
    match why {
        Unplaced::Here(_) | Unplaced::Several { .. } => Failure::Usage(why.into()),
        Unplaced::Nowhere { .. } => Failure::NotFound(why.into()),
        Unplaced::NoTailnet { .. } => Failure::Unreachable(why.into()),
    }
}

/// The machines of the roster, if there is one.
fn machines(state: &StateDir) -> anyhow::Result<Vec<Machine>> {
    let members = Roster::find(state).map(|roster| roster.members()).transpose()?;
    Ok(members.map(|members| members.machines().to_vec()).unwrap_or_default())
}

/// tailscaled, and what it says of the other machines; or why it says nothing.
async fn tailnet() -> Result<(LocalApi, Status), String> {
    let settings = Settings::read().map_err(|error| format!("{error:#}"))?;
    let socket = find_socket(settings.tailscale_socket()).map_err(|error| error.to_string())?;
    let api = LocalApi::new(socket);
    let status = api.status_with_peers().await.map_err(|error| error.to_string())?;
    if status.is_running() { Ok((api, status)) } else { Err("this machine is not connected to its tailnet".to_owned()) }
}

/// What other machines are called, in the roster and in the tailnet.
pub(crate) async fn peers() -> anyhow::Result<Vec<String>> {
    let state = home::state_behind("roster")?;
    let known = state.as_ref().map(machines).transpose()?.unwrap_or_default();
    let own = state.as_ref().map(KeyPair::machine_public).transpose()?.map(|key| node_id(&key));
    let others = known.iter().filter(|machine| !machine.is_retired && Some(machine.id()) != own);
    let mut names: Vec<_> = others.map(|machine| machine.name.clone()).collect();
    let status = tailnet().await.map(|(_, status)| status).unwrap_or_default();
    names.extend(status.peers.iter().map(|peer| first_label(peer).to_owned()).filter(|name| !name.is_empty()));
    names.sort();
    names.dedup();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_only_look_is_told_to_join_unless_it_has() {
        let told = |is_known, role| {
            let far = Far { typed: "gw".to_owned(), authority: "gw.tail.test:4663".to_owned(), role, is_known };
            far.explain(Refusal::new(Code::Forbidden, "it needs another role")).message
        };
        assert!(told(false, Role::Viewer).contains("`homie up --join https://gw.tail.test:4663` here"));
        assert_eq!(told(true, Role::Viewer), "it needs another role");
        assert_eq!(told(false, Role::Operator), "it needs another role");
    }
}
