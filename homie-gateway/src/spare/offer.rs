//! `GET /spare`: a machine of the mesh leaves a connection here, for when somebody needs it.

use axum::body::Body;
use axum::http::header::{CONNECTION, UPGRADE};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use homie_circuit::client::Line;
use homie_protocol::id::NodeId;
use homie_trust::Known;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use super::pool::SpareId;
use super::rest::rest;
use super::{PROTOCOL, Spares};
use crate::hop::Hop;
use crate::house::Shared;

/// Takes it, if a machine of the mesh brings it.
pub(crate) fn offer(shared: &Shared, mut request: Request<Body>) -> Response {
    let Some(machine) = machine(shared, &request) else {
        return (StatusCode::FORBIDDEN, "Machines of the mesh leave connections here, and nobody else.\n")
            .into_response();
    };
    if !asks_for_it(&request) {
        let words = "This is where machines leave connections: ask for an upgrade to homie-spare.\n";
        return (StatusCode::UPGRADE_REQUIRED, words).into_response();
    }
    let (spare, asked) = match shared.spares.add(machine) {
        Ok(added) => added,
        Err(full) => return (StatusCode::SERVICE_UNAVAILABLE, format!("{full}; come back.\n")).into_response(),
    };
    let (upgrade, spares) = (hyper::upgrade::on(&mut request), shared.spares.clone());
    shared.tasks.spawn(async move {
        keep(upgrade, asked).await;
        spares.forget(machine, spare);
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static(PROTOCOL));
    response
}

/// Who brings it: another machine of the mesh, as the door has had it proved.
fn machine(shared: &Shared, request: &Request<Body>) -> Option<NodeId> {
    match request.extensions().get::<Hop>()?.keyed()?.known {
        Known::Machine(machine) => (machine != shared.node).then_some(machine),
        Known::Device(_) => None,
    }
}

fn asks_for_it(request: &Request<Body>) -> bool {
    request.headers().get(UPGRADE).is_some_and(|protocol| protocol == PROTOCOL)
}

/// Keeps it until it is dead, or somebody needs it.
async fn keep(upgrade: OnUpgrade, asked: oneshot::Receiver<oneshot::Sender<Line>>) {
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => return tracing::debug!("a machine left before its spare was taken: {error}"),
    };
    let mut line = TokioIo::new(upgraded);
    tokio::select! {
        biased;
        who = asked => if let Ok(who) = who {
            // Whoever needed it may have gone, and it ends.
            let _gone = who.send(Box::new(line));
        },
        ended = rest(&mut line) => match ended {
            Ok(_) => tracing::warn!("a machine has said a ticket that nobody has asked for"),
            Err(error) => tracing::debug!("a spare has ended: {error}"),
        },
    }
}

impl Spares {
    /// One that lay here is gone, if it was not taken.
    fn forget(&self, machine: NodeId, spare: SpareId) {
        self.pool().lost(machine, spare);
    }
}
