//! What others dial to come to the key door. Pure.

use std::net::{IpAddr, SocketAddr};

use homie_trust::key_door_origin;

use crate::reach::TRIED;

/// Addresses that are told, and that are listened at: whoever dials tries them one after another.
pub const MOST: usize = 8;

/// Of them, those that whoever dials is sure to try, and beyond which none is told that the machine has not now.
const KEPT: usize = TRIED;

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

/// What is told once the machine has these: they, and behind them those of before, for a machine that goes back there. Nothing if they
/// are told already, or there is none: the roster keeps every entry for ever.
pub(super) fn told_anew(before: &[String], now: &[String]) -> Option<Vec<String>> {
    let is_told = |origin: &String| before.contains(origin);
    let is_tried = |origin: &String| before.iter().take(KEPT).any(|told| told == origin);
    if now.iter().all(is_told) && (now.is_empty() || now.iter().any(is_tried)) {
        return None;
    }
    let old = before.iter().filter(|origin| !now.contains(origin)).take(KEPT.saturating_sub(now.len()));
    Some(now.iter().chain(old).cloned().collect())
}

/// The port that is announced on a local network: that of all addresses, else the first one that others can reach.
pub(crate) fn announced(listening: &[SocketAddr]) -> Option<u16> {
    let everywhere = listening.iter().find(|address| address.ip().is_unspecified());
    let somewhere = || listening.iter().find(|address| !address.ip().is_loopback());
    everywhere.or_else(somewhere).map(SocketAddr::port)
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
    fn what_is_new_is_told_before_what_was_told_and_an_address_twice_never() {
        let all = |places: &[&str]| places.iter().map(|place| (*place).to_owned()).collect::<Vec<_>>();
        let anew = |before: &[&str], now: &[&str]| told_anew(&all(before), &all(now));
        assert_eq!(anew(&["a"], &["b"]), Some(all(&["b", "a"])));
        assert_eq!(anew(&["b", "a"], &["c", "b"]), Some(all(&["c", "b", "a"])));
        assert_eq!(anew(&["d", "c", "b", "a"], &["e"]), Some(all(&["e", "d", "c", "b"])), "there is an end to it");
        for told in [&["b", "a"][..], &["a", "b"], &["a"], &["b"], &[]] {
            assert_eq!(anew(&["b", "a"], told), None, "{told:?}: a cable that comes and goes says nothing new");
        }
        assert_eq!(anew(&[], &["a"]), Some(all(&["a"])));
        let many = ["1", "2", "3", "4", "5", "6"];
        assert_eq!(anew(&many, &["6"]), Some(all(&["6", "1", "2", "3"])), "nobody would have tried it");
        assert_eq!(anew(&["a"], &many), Some(all(&many)));
    }

    #[test]
    fn one_port_is_announced_and_none_where_nobody_else_comes() {
        let of = |listening: &[&str]| {
            announced(&listening.iter().map(|address| address.parse().unwrap()).collect::<Vec<_>>())
        };
        assert_eq!(of(&["127.0.0.1:1", "192.168.1.5:2", "0.0.0.0:3"]), Some(3));
        assert_eq!(of(&["127.0.0.1:1", "192.168.1.5:2"]), Some(2));
        assert_eq!((of(&["127.0.0.1:1", "[::1]:1"]), of(&[])), (None, None));
    }

    #[test]
    fn what_is_written_is_told_and_nothing_else_and_there_is_an_end_to_it() {
        let home = [("home.example.org", 4664), ("2001:db8::9", 7)];
        assert_eq!(told(&["0.0.0.0:4664"], &home), ["homie://home.example.org:4664", "homie://[2001:db8::9]:7"]);
        let many: Vec<_> = (1..=20).map(|port| ("home.example.org", port)).collect();
        assert_eq!(told(&[], &many).len(), MOST);
    }
}
