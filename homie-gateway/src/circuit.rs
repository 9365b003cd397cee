//! `GET /ws`: a circuit with the gateway itself, up to its greeting (`circuits`).

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use homie_circuit::upgrade;
use homie_trust::{KeysAlone, Seen, TailnetCaller};

use crate::admit::{Proof, Visit};
use crate::circuits::Came;
use crate::hop::Hop;
use crate::house::Shared;

/// Answers the handshake, and starts the circuit.
pub(crate) fn circuit(shared: Shared, mut request: Request<Body>) -> Response {
    let answer = match upgrade::accept(&request) {
        Ok(answer) => answer,
        Err(error) => return (error.status(), format!("{error}\n")).into_response(),
    };
    let hop = request.extensions().get::<Hop>().copied();
    let Ok(spot) = shared.seat(hop) else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many circuits from the internet at once; come back.\n")
            .into_response();
    };
    let Some(came) = came(&shared, &mut request) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let place = if spot.is_some() { shared.circuits.outsiders() } else { shared.circuits.strangers() };
    let upgrade = hyper::upgrade::on(&mut request);
    let tasks = shared.tasks.clone();
    tasks.spawn_polite(|stopping| async move {
        shared.circuits.run(upgrade, came, place, stopping).await;
        drop(spot);
    });
    answer.map(|()| Body::empty())
}

/// How a circuit came that somebody asks for.
fn came(shared: &Shared, request: &mut Request<Body>) -> Option<Came> {
    let seen = request.extensions_mut().remove::<Seen>()?;
    let visit = request.extensions_mut().remove::<Option<Visit>>()?;
    let hop = *request.extensions().get::<Hop>()?;
    let watchman = visit.as_ref().and_then(|visit| shared.watchman(visit));
    let allowed = shared.allowed(hop, request.uri().path());
    let (from, alone) = match visit.map(|visit| visit.proof) {
        None => (None, None),
        Some(Proof::Tailnet(_, caller)) => (Some(caller), None),
        Some(Proof::Key(keyed)) => (None, Some(KeysAlone::Keyed(keyed))),
        Some(Proof::Nobody(public)) => (None, Some(KeysAlone::Public(public))),
    };
    let source = from.as_ref().map_or_else(|| hop.source(), TailnetCaller::source);
    let (neighbour, knocker) = (hop.neighbour(), (hop.name(), source));
    let held = hop.is_from_elsewhere().then(|| Arc::clone(&shared.homecoming));
    Some(Came { allowed, seen, neighbour, knocker, from, alone, watchman, held })
}
