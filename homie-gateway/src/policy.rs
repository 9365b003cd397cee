//! What a page may do, as its browser is told: nothing but what comes from here, and circuits to the machines of the roster.

use std::fmt::Write;

use homie_trust::Members;

/// Inline styles are xterm.js's: without them its DOM renderer has no colours and no cursor. `'self'` covers the
/// WebSocket of the same host. The page has no worker, so none may come between it and its machine.
const BEFORE: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'";
const BEHIND: &str = "; img-src 'self' data: blob:; font-src 'self'; worker-src 'none'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Origins that are told: some more than a person's machines have, and few enough for a header.
const MOST: usize = 64;

/// The policy, with the origins of all machines that belong to the mesh now.
pub(crate) fn policy(members: Option<&Members>) -> String {
    let machines = members.into_iter().flat_map(Members::machines).filter(|machine| !machine.is_retired);
    let mut origins: Vec<&str> = machines.flat_map(|machine| &machine.origins).map(String::as_str).collect();
    origins.sort_unstable();
    origins.dedup();
    let mut policy = BEFORE.to_owned();
    for (scheme, authority) in origins.into_iter().filter_map(taken_apart).take(MOST) {
        // A browser takes an origin and its WebSocket for two.
        let socket = if scheme == "https" { "wss" } else { "ws" };
        // Writing to a string cannot fail.
        let _written = write!(policy, " {scheme}://{authority} {socket}://{authority}");
    }
    policy + BEHIND
}

/// Scheme and authority of what is an origin and nothing more, and not this machine's to whoever looks at the page. A name
/// with anything else in it could say something else in the policy.
fn taken_apart(origin: &str) -> Option<(&str, &str)> {
    let (scheme, authority) = origin.split_once("://")?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port);
    let is_good = matches!(scheme, "http" | "https") && is_host(host) && port.is_none_or(is_port);
    (is_good && !is_loopback(host)).then_some((scheme, authority))
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address.strip_suffix(']').is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let is_label = |label: &str| {
        let is_inside = label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        is_inside && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_own = |address: std::net::IpAddr| address.is_loopback() || address.is_unspecified();
    host == "localhost" || host.ends_with(".localhost") || address.parse().is_ok_and(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_as_it_is_or_not_at_all() {
        for good in ["https://desk.example.ts.net:4663", "http://desk:80", "https://a-1.b", "https://[fd7a::1]:4663"] {
            let (scheme, authority) = taken_apart(good).expect(good);
            assert_eq!(format!("{scheme}://{authority}"), good);
        }
        for bad in [
            "",
            "*",
            "https://*",
            "https://*.ts.net",
            "https:",
            "https://",
            "data://desk",
            "wss://desk",
            "https://desk:0",
            "https://desk:65536",
            "https://desk:04663",
            "https://desk:",
            "https://desk/",
            "https://desk/path",
            "https://desk?x",
            "https://user@desk",
            "https://Desk",
            "https://desk.",
            "https://-desk",
            "https://a..b",
            "https://desk; script-src *",
            "https://desk 'unsafe-inline'",
            "https://desk,https://other",
            "https://d\u{e9}sk",
            "https://desk\r\nset-cookie: a",
            "https://[::g]:1",
            "http://localhost:4663",
            "http://a.localhost",
            "http://127.0.0.1:4663",
            "http://127.8.9.1",
            "http://[::1]:4663",
            "http://0.0.0.0",
        ] {
            assert_eq!(taken_apart(bad), None, "{bad}");
        }
    }

    #[test]
    fn without_a_roster_a_page_speaks_to_its_own_machine_alone() {
        assert!(policy(None).contains("; connect-src 'self'; img-src "));
    }
}
