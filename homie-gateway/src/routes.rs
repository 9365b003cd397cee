//! What is served: the check before everything, and one line for each route.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use homie_protocol::id::NodeId;
use homie_trust::{Beats, Invitations, Members, Refusals, Roster, Tailnet};
use tokio::sync::Semaphore;

use crate::admit::{Proof, Visit};
use crate::circuit::{OwnCircuits, circuit};
use crate::headers::harden;
use crate::homecoming::Homecoming;
use crate::hop::Hop;
use crate::key_door::{self, JOIN};
use crate::names::Names;
use crate::page::Page;
use crate::policy::policy;
use crate::public::{Crowd, Spot};
use crate::rate::Rates;
use crate::reach::Atlas;
use crate::spare::{self, Spares, offer};
use crate::splice::splice;
use crate::tasks::Tasks;
use crate::twin::{self, Twin};

/// What all routes have in common.
pub(crate) struct House {
    /// The machine's own node.
    pub(crate) node: NodeId,
    /// Where it listens.
    pub(crate) mesh_sock: PathBuf,
    /// Which names and pages are this gateway's.
    pub(crate) names: Names,
    /// How often whoever may ask.
    pub(crate) rates: Rates,
    /// Whom to ask about callers from the tailnet.
    pub(crate) tailnet: Option<Tailnet>,
    /// When to ask about them again.
    pub(crate) beats: Option<Beats>,
    /// The page.
    pub(crate) page: Page,
    /// To which machines it may speak.
    pub(crate) roster: Roster,
    /// What `/.well-known/homie` says.
    pub(crate) about: String,
    /// And what it says to the internet.
    pub(crate) about_in_public: String,
    /// Whether another machine has this one's key.
    pub(crate) twin: Arc<Twin>,
    /// Where the other machines are.
    pub(crate) atlas: Atlas,
    /// Connections of machines that cannot be dialled.
    pub(crate) spares: Spares,
    /// One permit for each circuit joined to the node.
    pub(crate) splices: Arc<Semaphore>,
    /// One for each circuit passed on to another machine.
    pub(crate) relays: Arc<Semaphore>,
    /// Holds circuits back until this machine has heard what is new.
    pub(crate) homecoming: Arc<Homecoming>,
    /// Who is invited.
    pub(crate) invitations: Invitations,
    /// Whom that sends away.
    pub(crate) refusals: Refusals,
    /// Places for circuits of callers from the internet.
    pub(crate) crowd: Crowd,
    /// Circuits with the gateway itself.
    pub(crate) circuits: OwnCircuits,
    /// Everything that runs on after an answer.
    pub(crate) tasks: Tasks,
}

/// The house, for every request.
pub(crate) type Shared = Arc<House>;

impl House {
    /// A place for a circuit that came so, where those are counted; an error if there is none.
    pub(crate) fn seat(&self, hop: Option<Hop>) -> Result<Option<Spot>, ()> {
        let Some(public) = hop.and_then(Hop::public) else { return Ok(None) };
        self.crowd.enter(&public.source()).map(Some).ok_or(())
    }

    /// The machines that the browser of somebody who came so may speak to. Strangers on the internet do not learn which there
    /// are: a page there speaks to the gateway that has served it alone.
    fn told_of(&self, hop: Option<Hop>) -> Option<Arc<Members>> {
        if hop.and_then(Hop::public).is_some() { None } else { self.roster.members().ok() }
    }
}

/// All routes. The check is around every one of them, and around those that do not exist.
pub(crate) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/.well-known/homie", get(about))
        .route("/ws", get(own_circuit))
        .route("/m/{node}", get(machine_circuit))
        .route(JOIN, get(join))
        .route(spare::PATH, get(spare))
        .route("/", get(page))
        .fallback(get(page))
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let hop = head.extensions.get::<Hop>().copied();
    let (response, members) = match shared.admit(&head).await {
        Ok((seen, visit)) => {
            head.extensions.insert(seen);
            head.extensions.insert(visit);
            (next.run(Request::from_parts(head, body)).await, shared.told_of(hop))
        }
        // Who is sent away does not learn which machines there are.
        Err(denied) => (denied.into_response(), None),
    };
    harden(response, &policy(members.as_deref()))
}

async fn about(State(shared): State<Shared>, request: Request<Body>) -> Response {
    let is_public = request.extensions().get::<Hop>().copied().and_then(Hop::public).is_some();
    let text = match twin::said(request.uri().query()) {
        // Nobody out there looks for a twin.
        _ if is_public => shared.about_in_public.clone(),
        Some(said) => shared.twin.answer(&said, &who(&request)).await,
        None => shared.about.clone(),
    };
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

/// Who asks, in words for the person who looks for a twin.
fn who(request: &Request<Body>) -> String {
    match request.extensions().get::<Option<Visit>>().and_then(Option::as_ref).map(|visit| &visit.proof) {
        Some(Proof::Tailnet(claim, caller)) => format!("at {} ({})", claim.address.ip(), caller.stable_id),
        Some(Proof::Key(keyed)) => format!("at {}", keyed.address.ip()),
        Some(Proof::Nobody(public)) => format!("at {}", public.address.ip()),
        None => "on this machine itself".to_owned(),
    }
}

async fn join(State(shared): State<Shared>, request: Request<Body>) -> Response {
    key_door::join(shared, request).await
}

async fn page(State(shared): State<Shared>, uri: Uri) -> Response {
    shared.page.answer(uri.path())
}

async fn machine_circuit(State(shared): State<Shared>, request: Request<Body>) -> Response {
    splice(shared, request).await
}

async fn spare(State(shared): State<Shared>, request: Request<Body>) -> Response {
    offer(&shared, request)
}

async fn own_circuit(State(shared): State<Shared>, request: Request<Body>) -> Response {
    circuit(shared, request)
}
