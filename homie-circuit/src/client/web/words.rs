//! What is said where another machine is not reached: what it is, and what to do. Pure.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind};

use homie_protocol::code::{Code, Refusal};
use hyper::StatusCode;
use rustls::CertificateError;

/// Characters of another machine's words that are passed on.
const PASSED_ON: usize = 300;

/// Of this machine.
pub(super) struct Words<'a> {
    pub(super) authority: Cow<'a, str>,
    /// Whether it shows its bare key, and wants ours.
    pub(super) is_keyed: bool,
}

impl Words<'_> {
    /// What it answered where it should have said yes.
    pub(super) fn answer(&self, status: StatusCode, text: &[u8]) -> Refusal {
        let said = said(text);
        match status {
            StatusCode::NOT_FOUND => {
                self.refusal(Code::Unauthenticated, "another machine answers there than the one that was meant")
            }
            // It tells whom it refuses for good by a word before a colon.
            StatusCode::FORBIDDEN if said.contains(": ") => {
                self.refusal(Code::Forbidden, &format!("it lets this machine not in: {said}"))
            }
            StatusCode::FORBIDDEN => self.refusal(
                Code::Unreachable,
                "it does not answer to this name; take the one that `homie status` tells there",
            ),
            StatusCode::TOO_MANY_REQUESTS => self.refusal(Code::Busy, "too many requests; come back in a moment"),
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => {
                self.refusal(Code::Unreachable, &format!("it is not ready: {said}"))
            }
            _ => self.no_homie(),
        }
    }

    /// Something else listens there.
    pub(super) fn no_homie(&self) -> Refusal {
        self.refusal(Code::Unreachable, "what answers there is not Homie; `homie status` there tells its port")
    }

    /// What was meant to be a name is none.
    pub(super) fn no_name(&self) -> Refusal {
        self.refusal(Code::NotFound, "this is no machine's name")
    }

    /// Nothing came back.
    pub(super) fn silent(&self) -> Refusal {
        if self.is_keyed {
            return self.refusal(Code::Timeout, "it does not answer; is it on, and can it be reached from here?");
        }
        self.refusal(Code::Timeout, "it does not answer; is it on, and in the tailnet (`tailscale status`)?")
    }

    /// It broke on the way.
    pub(super) fn broken(&self, error: &(impl Display + ?Sized)) -> Refusal {
        self.refusal(Code::Unreachable, &format!("the connection broke: {error}"))
    }

    /// There was no answer. Who shows its key learns only then that it is not let in, before its request has gone or after.
    pub(super) fn unanswered(&self, error: &hyper::Error) -> Refusal {
        let is_refused = error.is_canceled() || error.is_closed() || has_alert(error);
        if self.is_keyed && is_refused { self.stranger() } else { self.broken(error) }
    }

    /// It takes other keys than this one. It may learn of it yet, so that this is not the last word.
    fn stranger(&self) -> Refusal {
        self.refusal(
            Code::Unreachable,
            "it does not let this machine's key in; `homie devices` and `homie nodes` there tell whether it is known",
        )
    }

    /// There is no connection.
    pub(super) fn unconnected(&self, error: &io::Error) -> Refusal {
        match error.kind() {
            ErrorKind::ConnectionRefused => self.refusal(
                Code::Unreachable,
                "nothing listens there; start Homie on it with `homie up`, which tells its address",
            ),
            ErrorKind::TimedOut => self.silent(),
            _ => self.refusal(Code::Unreachable, &format!("it cannot be reached: {error}")),
        }
    }

    /// TLS was not agreed upon.
    pub(super) fn handshake(&self, error: &io::Error) -> Refusal {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
        match cause {
            Some(rustls::Error::InvalidCertificate(_) | rustls::Error::PeerIncompatible(_)) if self.is_keyed => {
                self.refusal(Code::Unauthenticated, "another machine answers there than the one that was meant")
            }
            Some(rustls::Error::AlertReceived(_)) if self.is_keyed => self.stranger(),
            Some(rustls::Error::InvalidCertificate(why)) => self.refusal(Code::Unauthenticated, &untrusted(why)),
            Some(rustls::Error::AlertReceived(_)) => self.refusal(
                Code::Unauthenticated,
                "it has no certificate for this name; take the one that `homie status` tells there",
            ),
            Some(rustls::Error::InvalidMessage(_)) => self.no_homie(),
            _ => self.broken(error),
        }
    }

    /// Homie answers, but everybody on the way could.
    pub(super) fn unprotected(&self) -> Refusal {
        self.refusal(
            Code::Unauthenticated,
            "it serves its page without a certificate, so nobody here can tell that it is this machine; switch HTTPS \
            Certificates on (admin console, DNS), and serve it there with `sudo tailscale serve --https=…` as `homie up` says",
        )
    }

    fn refusal(&self, code: Code, words: &str) -> Refusal {
        Refusal::new(code, format!("{}: {words}", self.authority))
    }
}

/// Whether the other side of a failed handshake does not speak TLS at all.
pub(super) fn speaks_no_tls(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    matches!(cause, Some(rustls::Error::InvalidMessage(_)))
}

/// Whether the other end has said that it ends TLS.
fn has_alert(error: &hyper::Error) -> bool {
    let inner = error.source().and_then(|cause| cause.downcast_ref::<io::Error>()).and_then(io::Error::get_ref);
    matches!(inner.and_then(|inner| inner.downcast_ref()), Some(rustls::Error::AlertReceived(_)))
}

fn untrusted(why: &CertificateError) -> String {
    match why {
        // One with the name of an authority that is trusted, and another key, is as unknown as any other.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "nobody whom this machine trusts has signed its certificate; if the tailnet \
            has an authority of its own, name its file in HOMIE_TLS_CA_FILE"
                .to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is another machine's; take the name that `homie status` tells there".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate is too old; look at the clocks, and at `tailscale cert` there".to_owned()
        }
        other => format!("its certificate is not good: {other}"),
    }
}

/// In one line that no terminal obeys.
fn said(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.trim().chars().filter(|letter| !letter.is_control()).take(PASSED_ON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Words<'_> = Words { authority: Cow::Borrowed("gw.tail.test:4663"), is_keyed: false };

    #[test]
    fn what_it_answers_becomes_a_code_and_a_sentence() {
        for (status, text, code, part) in [
            (403, "own_address: that is this machine\n", Code::Forbidden, "own_address: that"),
            (403, "Not from here.\n", Code::Unreachable, "homie status"),
            (404, "", Code::Unauthenticated, "another machine"),
            (429, "", Code::Busy, "come back"),
            (502, "The node does not answer.\n", Code::Unreachable, "The node does"),
            (503, "no_answer: later\x1b[2J\n", Code::Unreachable, "later[2J"),
            (200, "<html>", Code::Unreachable, "not Homie"),
        ] {
            let refusal = WORDS.answer(StatusCode::from_u16(status).unwrap(), text.as_bytes());
            assert_eq!(refusal.code, code, "{status}");
            let message = &refusal.message;
            assert!(message.starts_with("gw.tail.test:4663: ") && message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_certificate_that_is_not_good_is_a_refusal() {
        let refused = |error| WORDS.handshake(&io::Error::new(ErrorKind::InvalidData, error));
        for (why, part) in [
            (CertificateError::UnknownIssuer, "HOMIE_TLS_CA_FILE"),
            (CertificateError::BadSignature, "HOMIE_TLS_CA_FILE"),
            (CertificateError::NotValidForName, "another machine's"),
            (CertificateError::Expired, "too old"),
            (CertificateError::Revoked, "not good"),
        ] {
            let refusal = refused(rustls::Error::InvalidCertificate(why));
            assert!(refusal.code == Code::Unauthenticated && refusal.message.contains(part), "{refusal}");
        }
        let garbage = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert!(refused(garbage).message.contains("not Homie"));
        assert_eq!(WORDS.handshake(&ErrorKind::UnexpectedEof.into()).code, Code::Unreachable);
    }

    #[test]
    fn who_does_not_listen_is_unreachable() {
        for (kind, code, part) in [
            (ErrorKind::ConnectionRefused, Code::Unreachable, "homie up"),
            (ErrorKind::TimedOut, Code::Timeout, "tailscale status"),
            (ErrorKind::NetworkUnreachable, Code::Unreachable, "cannot be reached"),
        ] {
            let refusal = WORDS.unconnected(&kind.into());
            assert!(refusal.code == code && refusal.message.contains(part), "{refusal}");
        }
    }
}
