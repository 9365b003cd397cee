//! The headers of every answer: what a browser must never do with it, and that the connection ends with it.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONNECTION, HeaderName, HeaderValue};
use axum::response::Response;

/// Inline styles are xterm.js's: without them its DOM renderer has no colours and no cursor. `'self'` covers the
/// WebSocket of the same host.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

const ALWAYS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Adds them. What says nothing of caching is not kept.
pub(crate) fn harden(mut response: Response) -> Response {
    let goes_on_as_circuit = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if !goes_on_as_circuit {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
