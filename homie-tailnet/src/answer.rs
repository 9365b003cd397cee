//! What tailscaled's answer means: the body, or why not.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{ETAG, HeaderMap, HeaderName, RETRY_AFTER};
use hyper::{StatusCode, http::response::Parts};
use serde::Deserialize;

use crate::ask::Ask;
use crate::error::TailnetError;
use crate::limits::SAID_CHARS;

/// A whole answer that says yes.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    pub(crate) etag: Option<String>,
}

/// Tells yes from the ways of saying no.
pub(crate) fn answer(ask: &Ask, head: &Parts, body: Bytes) -> Result<Answer, TailnetError> {
    if head.status == StatusCode::OK {
        return Ok(Answer { body, etag: header(&head.headers, &ETAG) });
    }
    Err(refusal(ask, head, &body))
}

/// What an answer that does not say yes means.
pub(crate) fn refusal(ask: &Ask, head: &Parts, body: &[u8]) -> TailnetError {
    let (what, said) = (ask.what, said(body));
    match head.status {
        StatusCode::UNAUTHORIZED => TailnetError::NeedsAdmin { what, said },
        StatusCode::FORBIDDEN => TailnetError::Denied { what, said },
        StatusCode::NOT_FOUND => ask.about.map_or(TailnetError::Unsupported(what), TailnetError::NoSuchPeer),
        StatusCode::PRECONDITION_FAILED => TailnetError::Changed(what),
        StatusCode::TOO_MANY_REQUESTS => TailnetError::TooOften { what, retry_after: retry_after(&head.headers), said },
        status => TailnetError::Refused { what, status: status.as_u16(), said },
    }
}

/// Seconds; tailscaled sends no dates.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    header(headers, &RETRY_AFTER)?.parse().ok().map(Duration::from_secs)
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

#[derive(Deserialize)]
struct Said {
    error: String,
}

/// Its words, as text or as `{"error": …}`, fit for a terminal.
fn said(body: &[u8]) -> String {
    let words = serde_json::from_slice(body)
        .map_or_else(|_| String::from_utf8_lossy(body).into_owned(), |said: Said| said.error);
    let line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID_CHARS).collect();
    match line.trim() {
        "" => "it did not say why".to_owned(),
        line => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use hyper::Response;

    use super::*;

    fn told(ask: &Ask, status: u16, body: &'static str) -> TailnetError {
        let built = Response::builder().status(status).header(RETRY_AFTER, "70").body(());
        let (head, ()) = built.expect("a head").into_parts();
        answer(ask, &head, Bytes::from_static(body.as_bytes())).expect_err("a refusal")
    }

    #[test]
    fn every_refusal_has_its_own_error_that_says_what_to_do() {
        let whois = Ask::whois("100.64.0.9:0".parse().expect("an address"), None);
        let status = Ask::status(false);
        for (ask, code, body, expected) in [
            (&status, 401, "must be root", "wants an administrator for the status: must be root; run it with sudo"),
            (&status, 403, "denied\n", "denies this user the status: denied; run it with sudo, or make"),
            (&whois, 404, "no match for IP:port", "that this one can see has the address 100.64.0.9"),
            (&status, 404, "not found", "does not know the status; update Tailscale"),
            (&status, 412, "etag mismatch", "somebody else keeps changing the status"),
            (&status, 429, "slow down", "cannot get the status now: slow down; try again in 70 s"),
            (&status, 500, "{\"error\":\"port taken\"}", "refused the status (500): port taken"),
            (&status, 503, "", "refused the status (503): it did not say why"),
        ] {
            let words = told(ask, code, body).to_string();
            assert!(words.contains(expected), "{code}: {words}");
        }
    }

    #[test]
    fn a_date_is_no_number_of_seconds() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "Fri, 27 Nov 2026 08:00:00 GMT".parse().expect("a value"));
        assert_eq!(retry_after(&headers), None);
    }

    #[test]
    fn words_are_fit_for_a_terminal() {
        assert_eq!(said(b"\x1b[31mred\x07\nand a new line\n"), "[31mred  and a new line");
        assert_eq!(said(&[b'x'; 10_000]).len(), SAID_CHARS);
        assert_eq!(said(b"{\"error\": 7}"), "{\"error\": 7}");
        assert_eq!(said(&[0xff, 0xfe]), "\u{fffd}\u{fffd}");
    }
}
