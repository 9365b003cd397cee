//! The headers of every answer: what a browser must never do with it, and that the connection ends with it.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue};
use axum::response::Response;

const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Adds them, and what the page may do. What says nothing of caching is not kept.
pub(crate) fn harden(mut response: Response, policy: &str) -> Response {
    let goes_on_as_circuit = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // It is made of what may stand in a header; without it a page may do nothing at all.
    let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if !goes_on_as_circuit {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
