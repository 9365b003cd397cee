//! What the fake answers: status by status, and word by word, as tailscaled 1.102 was seen to.

use std::net::{IpAddr, SocketAddr};

use hyper::Method;
use hyper::header::{HOST, HeaderValue, IF_MATCH, ORIGIN, REFERER};
use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::bodies::{AnyBody, lines, whole};
use super::script::{Certificates, Rights, Script};

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: AnyBody,
}

impl Answer {
    fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: whole(body.into() + "\n") }
    }

    fn json(body: &Value) -> Self {
        Self { status: 200, headers: Vec::new(), body: whole(format!("{body:#}")) }
    }

    /// As tailscaled writes errors of the Serve configuration.
    fn error(words: &str) -> Self {
        Self { status: 500, headers: Vec::new(), body: whole(json!({ "error": words }).to_string()) }
    }

    fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// `whois`, `cert` …: what comes after the version of the API, without what it is about.
pub(super) fn endpoint(head: &Parts) -> &str {
    let path = head.uri.path().strip_prefix("/localapi/v0/").unwrap_or_default();
    path.split('/').next().unwrap_or_default()
}

pub(super) fn answer(script: &mut Script, head: &Parts, body: &[u8]) -> Answer {
    if !is_local(head) {
        return Answer::text(403, "invalid localapi request");
    }
    match (endpoint(head), &head.method) {
        ("status", _) => Answer::json(&script.status(query(head, "peers").as_deref() != Some("false"))),
        ("whois", _) => whois(script, head),
        ("serve-config", &Method::GET) => read(script),
        ("serve-config", &Method::POST) => write(script, head, body),
        ("cert", _) => certificate(script, head),
        ("watch-ipn-bus", _) => watch(script),
        _ => Answer::text(404, "404 page not found"),
    }
}

/// What keeps pages away.
fn is_local(head: &Parts) -> bool {
    let host = head.headers.get(HOST).map(HeaderValue::as_bytes);
    let from_page = head.headers.contains_key(ORIGIN) || head.headers.contains_key(REFERER);
    matches!(host, None | Some(b"" | b"local-tailscaled.sock")) && !from_page
}

fn whois(script: &Script, head: &Parts) -> Answer {
    let Some(address) = query(head, "addr") else { return Answer::text(400, "missing 'addr' parameter") };
    let socket: Result<SocketAddr, _> = address.parse();
    let Ok(ip) = socket.map(|socket| socket.ip()).or_else(|_| address.parse::<IpAddr>()) else {
        return Answer::text(400, "invalid 'addr' parameter");
    };
    match script.at(ip) {
        Some(peer) => Answer::json(&peer.whois()),
        None => Answer::text(404, "no match for IP:port"),
    }
}

fn read(script: &mut Script) -> Answer {
    let answer = Answer::json(&script.serve).header("Etag", script.etag());
    script.be_overtaken();
    answer
}

fn write(script: &mut Script, head: &Parts, body: &[u8]) -> Answer {
    if script.rights == Rights::Reader {
        return Answer::text(403, "serve config denied");
    }
    let Ok(config) = serde_json::from_slice::<Value>(body) else {
        return Answer::error("decoding config: invalid character");
    };
    if script.rights == Rights::Operator && config.to_string().contains("\"unix:") {
        let words = "must be root, or be an operator and able to run 'sudo tailscale' to serve a path or Unix socket";
        return Answer::text(401, words);
    }
    let etag = head.headers.get(IF_MATCH).and_then(|etag| etag.to_str().ok()).unwrap_or_default();
    if !etag.is_empty() && etag != script.etag() {
        return Answer::text(412, "etag mismatch");
    }
    if let Some(words) = changed_type(&script.serve, &config) {
        return Answer::error(&format!("updating config: {words}"));
    }
    script.serve = config;
    Answer { status: 200, headers: Vec::new(), body: whole("") }
}

/// A port that would change its type in one step.
fn changed_type(before: &Value, after: &Value) -> Option<String> {
    let ports = before.get("TCP")?.as_object()?;
    ports.iter().find_map(|(port, handler)| {
        let (was, is) = (kind(handler), kind(after.get("TCP")?.get(port)?));
        (was != is).then(|| format!("want to serve {is:?}, but port {port} is already serving {was:?}"))
    })
}

fn kind(handler: &Value) -> &'static str {
    let is = |name: &str| handler.get(name).and_then(Value::as_bool) == Some(true);
    match (is("HTTPS"), is("HTTP")) {
        (true, _) => "https",
        (_, true) => "http",
        _ => "tcp",
    }
}

fn certificate(script: &Script, head: &Parts) -> Answer {
    if script.rights == Rights::Reader {
        return Answer::text(403, "cert access denied");
    }
    match (&script.certificates, query(head, "type").as_deref()) {
        (Certificates::Off, _) => Answer::text(500, "your Tailscale account does not support getting TLS certs"),
        (Certificates::TooMany(wait), _) => {
            Answer::text(429, "too many certificates already issued").header("Retry-After", wait.as_secs().to_string())
        }
        (Certificates::Pair { key, chain }, Some("pair")) => {
            Answer { status: 200, headers: Vec::new(), body: whole(format!("{key}{chain}")) }
        }
        (Certificates::Pair { chain, .. }, _) => {
            Answer { status: 200, headers: Vec::new(), body: whole(chain.clone()) }
        }
    }
}

fn watch(script: &mut Script) -> Answer {
    let (mut sender, body) = lines();
    if sender.try_send(hyper::body::Frame::data(script.first_line())).is_ok() {
        script.watchers.push(sender);
    }
    Answer { status: 200, headers: Vec::new(), body }
}

fn query(head: &Parts, name: &str) -> Option<String> {
    let mut pairs = head.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| decode(value))
}

/// `%3A` is a colon.
fn decode(value: &str) -> String {
    let mut parts = value.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |decoded, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        let byte = u8::from_str_radix(digits, 16).map_or('\u{fffd}', char::from);
        format!("{decoded}{byte}{rest}")
    })
}
