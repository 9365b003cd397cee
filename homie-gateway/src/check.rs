//! The one check that every request passes before anything else happens, whatever its path.
//!
//! It keeps out pages of other sites (Origin, Sec-Fetch-Site), names that were bent to this address (Host), and requests
//! that came through a proxy: this door is for the machine's own programs, and nothing a proxy says is believed here.

use axum::http::header::{CONTENT_LENGTH, HOST, HeaderName, ORIGIN, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use homie_trust::{HostOrigin, Seen};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request goes no further. The answers say no more than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    /// No request that a client of ours sends.
    Malformed,
    /// Host, Origin or Sec-Fetch-Site is another's.
    Foreign,
}

/// What the request said of itself, if it may go on.
pub(crate) fn check(head: &Parts, allowed: &HostOrigin) -> Result<Seen, Denied> {
    if !names_a_path(head) || has_body(&head.headers) || came_through_a_proxy(&head.headers) {
        return Err(Denied::Malformed);
    }
    if !from_the_same_site(&head.headers) {
        return Err(Denied::Foreign);
    }
    let hosts = values(&head.headers, &HOST);
    let origins = values(&head.headers, &ORIGIN);
    allowed.http(&hosts, &origins).map_err(|_| Denied::Foreign)
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

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a [u8]> {
    headers.get_all(name).iter().map(axum::http::HeaderValue::as_bytes).collect()
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "Not a request for this door.\n").into_response(),
            Self::Foreign => (StatusCode::FORBIDDEN, "Not from here.\n").into_response(),
        }
    }
}
