//! What others dial to come to the key door. Pure.

use std::net::{IpAddr, SocketAddr};

use homie_trust::key_door_origin;

/// Addresses that are told, and that are listened at: whoever dials tries them one after another.
pub const MOST: usize = 8;

/// As the roster has them: what somebody has written, else where it listens; for all addresses of this machine each that
/// another machine may reach.
pub(super) fn origins(listening: &[SocketAddr], written: &[(String, u16)], interfaces: &[IpAddr]) -> Vec<String> {
    let mut told: Vec<String> = if written.is_empty() {
        listening.iter().flat_map(|address| reached(*address, interfaces)).collect()
    } else {
        written.iter().map(|(host, port)| key_door_origin(host, *port)).collect()
    };
    let mut seen = std::collections::BTreeSet::new();
    told.retain(|origin| seen.insert(origin.clone()));
    told.truncate(MOST);
    told
}

fn reached(address: SocketAddr, interfaces: &[IpAddr]) -> Vec<String> {
    let origin = |ip: IpAddr| key_door_origin(&ip.to_string(), address.port());
    if !address.ip().is_unspecified() {
        return vec![origin(address.ip())];
    }
    let is_meant = |ip: &IpAddr| ip.is_ipv4() == address.is_ipv4() && is_for_others(*ip);
    interfaces.iter().copied().filter(is_meant).map(origin).collect()
}

/// Another machine has its own loopback, and does not know which of its links is meant.
const fn is_for_others(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(listening: &[&str], written: &[(&str, u16)]) -> Vec<String> {
        let interfaces = ["127.0.0.1", "::1", "192.168.1.5", "10.0.0.2", "2001:db8::5", "fe80::5", "169.254.0.9"];
        let listening: Vec<_> = listening.iter().map(|address| address.parse().unwrap()).collect();
        let written: Vec<_> = written.iter().map(|(host, port)| ((*host).to_owned(), *port)).collect();
        origins(&listening, &written, &interfaces.map(|ip| ip.parse().unwrap()))
    }

    #[test]
    fn what_listens_everywhere_is_told_for_each_address_that_others_may_reach() {
        assert_eq!(told(&["192.168.1.5:4664"], &[]), ["homie://192.168.1.5:4664"]);
        assert_eq!(told(&["127.0.0.1:4664"], &[]), ["homie://127.0.0.1:4664"], "it was written so");
        assert_eq!(told(&["0.0.0.0:4664"], &[]), ["homie://192.168.1.5:4664", "homie://10.0.0.2:4664"]);
        assert_eq!(told(&["[::]:4664", "[2001:db8::5]:4664"], &[]), ["homie://[2001:db8::5]:4664"]);
    }

    #[test]
    fn what_is_written_is_told_and_nothing_else_and_there_is_an_end_to_it() {
        let home = [("home.example.org", 4664), ("2001:db8::9", 7)];
        assert_eq!(told(&["0.0.0.0:4664"], &home), ["homie://home.example.org:4664", "homie://[2001:db8::9]:7"]);
        let many: Vec<_> = (1..=20).map(|port| ("home.example.org", port)).collect();
        assert_eq!(told(&[], &many).len(), MOST);
    }
}
