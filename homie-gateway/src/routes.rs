//! What is served: the check before everything, and one line for each route.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::admit::{Proof, Visit};
use crate::circuit::circuit;
use crate::headers::harden;
use crate::hop::Hop;
use crate::house::Shared;
use crate::key_door::{self, JOIN};
use crate::policy::policy;
use crate::spare::{self, offer};
use crate::splice::splice;
use crate::twin;

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
