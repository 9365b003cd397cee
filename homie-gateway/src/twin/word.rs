//! `GET /.well-known/homie?start=START` has this gateway sign that start, `&sig=SIG` is the start's own signature of this one's. Pure.

use homie_circuit::client::ABOUT;
use homie_protocol::hello::Signature;
use homie_protocol::id::{NodeId, StartId, base32, from_base32};
use homie_protocol::methods::start::StartSignature;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// Who asks.
    pub(crate) start: StartId,
    /// What it has signed, if it knows the start that it asks.
    pub(crate) sig: Option<Signature>,
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    homie: String,
    node: NodeId,
    start: StartId,
    sig: String,
}

/// Reads the query; nothing where nothing of that kind is asked.
pub(crate) fn said(query: Option<&str>) -> Option<Said> {
    let value = |name: &str| {
        let mut parts = query.into_iter().flat_map(|query| query.split('&'));
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    Some(Said { start: value("start")?.parse().ok()?, sig: value("sig").and_then(signature) })
}

impl Said {
    /// The path that says it.
    pub(super) fn path(&self) -> String {
        let sig = self.sig.map(|sig| format!("&sig={}", base32(&sig.0))).unwrap_or_default();
        format!("{ABOUT}?start={}{sig}", self.start)
    }

    /// What who asks has signed.
    pub(crate) fn word(&self) -> Option<StartSignature> {
        Some(StartSignature { start: self.start, sig: self.sig? })
    }
}

/// The answer of this machine's start, which has signed the asker's.
pub(crate) fn answer(node: NodeId, start: StartId, sig: &Signature) -> String {
    let homie = env!("CARGO_PKG_VERSION").to_owned();
    serde_json::to_string(&Answer { homie, node, start, sig: base32(&sig.0) }).unwrap_or_default()
}

/// Reads it: what the one that was asked has signed.
pub(super) fn read(answer: &[u8]) -> Option<StartSignature> {
    let Answer { start, sig, .. } = serde_json::from_slice(answer).ok()?;
    Some(StartSignature { start, sig: signature(&sig)? })
}

fn signature(text: &str) -> Option<Signature> {
    from_base32(text)?.try_into().ok().map(Signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: StartId = StartId::from_bytes([7; 16]);

    #[test]
    fn what_is_asked_and_answered_is_read_again() {
        for sig in [None, Some(Signature([9; 64]))] {
            let asked = Said { start: START, sig };
            let path = asked.path();
            assert_eq!(said(path.split_once('?').map(|(_, query)| query)), Some(asked));
        }
        let word = read(answer(NodeId::from_bytes([1; 16]), START, &Signature([9; 64])).as_bytes());
        assert_eq!(word, Some(StartSignature { start: START, sig: Signature([9; 64]) }));
    }

    #[test]
    fn anything_else_is_no_question_of_this_kind() {
        for query in ["", "start", "start=", "start=x", "starts=aaaaaaaaaaaaaaaaaaaaaaaaaa", "sig=a"] {
            assert_eq!(said(Some(query)), None, "{query}");
        }
        assert_eq!(said(None), None);
        let unsigned = said(Some(&format!("a=b&start={START}&sig=short"))).map(|said| said.sig);
        assert_eq!(unsigned, Some(None));
        assert!(read(b"{}").is_none() && read(b"<html>").is_none());
    }
}
