//! The one check that every request passes before anything else happens, whatever its door and its path.
//!
//! It keeps out pages of other sites (Origin, Sec-Fetch-Site), names that were bent to this address (Host), and requests
//! that came through a proxy that is not the door's own. Of the headers that tailscaled's Serve writes it takes those with
//! exactly their names, at Serve's own door alone; whatever else looks like one is not even read.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{CONTENT_LENGTH, HOST, HeaderName, ORIGIN, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use homie_trust::{Claim, HostOrigin, Relayed, Seen, Unwelcome};

use crate::hop::Hop;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const LOGIN: HeaderName = HeaderName::from_static("tailscale-user-login");
const FUNNEL: HeaderName = HeaderName::from_static("tailscale-funnel-request");

/// What tailscaled puts into Host where it hands requests to a unix socket.
const SERVE_HOST: &[u8] = b"localhost";

/// Why a request goes no further. The answers say no more than this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// No request that a client of ours sends.
    Malformed,
    /// Host, Origin or Sec-Fetch-Site is another's.
    Foreign,
    /// The key that opened the connection counts no more.
    Revoked,
    /// More than anybody needs to ask.
    TooOften,
    /// The tailnet says who it is, and it may not come.
    Unwelcome(Unwelcome),
}

/// What a request said of itself, if it may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Host and Origin, as the client used them.
    pub(crate) seen: Seen,
    /// Whom tailscaled must be asked about before anything else happens.
    pub(crate) claim: Option<Claim>,
    /// What another machine's gateway says of it, that passes it on.
    pub(crate) relayed: Option<Relayed>,
}

/// Checks what the request says.
pub(crate) fn check(head: &Parts, hop: Hop, allowed: &HostOrigin) -> Result<Checked, Denied> {
    if !names_a_path(head) || has_body(&head.headers) {
        return Err(Denied::Malformed);
    }
    let claim = claim(&head.headers, hop)?;
    let relayed = relayed(&head.headers, hop)?;
    let hosts = hosts(&head.headers, hop)?;
    let origins = values(&head.headers, &ORIGIN);
    let seen = allowed.http(&hosts, &origins).map_err(|_| Denied::Foreign)?;
    // A page of another machine is of another site, or of this one's neighbour's.
    if !from_the_same_site(&head.headers) && allowed.via(seen.origin.as_deref()).is_none() {
        return Err(Denied::Foreign);
    }
    Ok(Checked { seen, claim, relayed })
}

/// Who is calling, as far as the door can know it.
fn claim(headers: &HeaderMap, hop: Hop) -> Result<Option<Claim>, Denied> {
    match hop {
        _ if hop != Hop::Serve && came_through_a_proxy(headers) => Err(Denied::Malformed),
        Hop::Loopback(_) | Hop::Key(_) | Hop::Newcomer(_) | Hop::Public(_) => Ok(None),
        Hop::Tailnet(peer) => Ok(Some(Claim::of(peer))),
        Hop::Serve => {
            let ip: IpAddr = one(headers, &FORWARDED_FOR)?
                .and_then(|value| value.to_str().ok()?.parse().ok())
                .ok_or(Denied::Malformed)?;
            let login = one(headers, &LOGIN)?.map(|login| login.as_bytes().to_vec());
            let is_funnel = headers.contains_key(FUNNEL);
            Ok(Some(Claim { login, is_funnel, ..Claim::of(SocketAddr::new(ip, 0)) }))
        }
    }
}

/// What another machine's gateway says. It comes from the tailnet, or has proved that it is that machine, and is no page.
fn relayed(headers: &HeaderMap, hop: Hop) -> Result<Option<Relayed>, Denied> {
    let values = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    let relayed = Relayed::read(values).map_err(|_| Denied::Malformed)?;
    let Some(relayed) = relayed else { return Ok(None) };
    let may_pass_on = hop.keyed().map_or(hop.is_of_tailnet(), |keyed| keyed.passes_on(&relayed));
    let is_page = headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE);
    if may_pass_on && !is_page { Ok(Some(relayed)) } else { Err(Denied::Malformed) }
}

/// The names that the client may have dialled. Serve puts its own into Host and keeps the client's beside it.
fn hosts(headers: &HeaderMap, hop: Hop) -> Result<Vec<&[u8]>, Denied> {
    if hop != Hop::Serve {
        return Ok(values(headers, &HOST));
    }
    match values(headers, &HOST).as_slice() {
        [host] if *host == SERVE_HOST => Ok(values(headers, &FORWARDED_HOST)),
        _ => Err(Denied::Foreign),
    }
}

/// Not `*`, not an address: those are for proxies.
fn names_a_path(head: &Parts) -> bool {
    head.uri.authority().is_none() && head.uri.path().starts_with('/')
}

/// Nothing here takes one, and two ways to tell its length are one too many.
fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING) || headers.get_all(CONTENT_LENGTH).iter().any(|length| length != "0")
}

fn came_through_a_proxy(headers: &HeaderMap) -> bool {
    headers.keys().map(HeaderName::as_str).any(|name| {
        name.starts_with("tailscale-") || name.starts_with("x-forwarded-") || matches!(name, "forwarded" | "via")
    })
}

fn from_the_same_site(headers: &HeaderMap) -> bool {
    headers.get_all(SEC_FETCH_SITE).iter().all(|site| site == "same-origin" || site == "none")
}

/// A header that may be there once.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Denied> {
    let mut all = headers.get_all(name).iter();
    let first = all.next();
    if all.next().is_some() { Err(Denied::Malformed) } else { Ok(first) }
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a [u8]> {
    headers.get_all(name).iter().map(HeaderValue::as_bytes).collect()
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "Not a request for this door.\n").into_response(),
            Self::Foreign => (StatusCode::FORBIDDEN, "Not from here.\n").into_response(),
            Self::Revoked => {
                (StatusCode::FORBIDDEN, "device_unknown: this key is of no device or machine here.\n").into_response()
            }
            Self::TooOften => (StatusCode::TOO_MANY_REQUESTS, "Too many requests; come back.\n").into_response(),
            Self::Unwelcome(why) => {
                let status = if why.passes() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::FORBIDDEN };
                (status, format!("{}: {why}\n", why.name())).into_response()
            }
        }
    }
}
