//! What a machine listens at once it is up, as the kernel tells: the port of its page, at its loopback addresses, and sockets in
//! its own folder.

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use homie_tests::machine::Machine;

/// In what state /proc shows a socket that takes connections.
const LISTENS: &str = "0A";

/// The sockets that a process has, by number.
fn sockets(pid: u32) -> BTreeSet<String> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let names = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok()?.to_str().map(str::to_owned));
    names.filter_map(|name| Some(name.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect()
}

/// What is in a table of the kernel's of these sockets: local address and state.
fn listed(table: &str, of: &BTreeSet<String>) -> Vec<(SocketAddr, String)> {
    let text = std::fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
    let rows = text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ours = rows.filter(|cells| cells.get(9).is_some_and(|inode| of.contains(*inode)));
    ours.map(|cells| (address(cells[1]), cells[3].to_owned())).collect()
}

/// Words of four bytes, each as a number of this machine, and the port.
fn address(cell: &str) -> SocketAddr {
    let (host, port) = cell.split_once(':').unwrap();
    let word = |at: usize| u32::from_str_radix(&host[at..at + 8], 16).unwrap().to_ne_bytes();
    let bytes: Vec<u8> = (0..host.len()).step_by(8).flat_map(word).collect();
    let ip = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(v4) => IpAddr::from(v4),
        Err(_) => IpAddr::from(<[u8; 16]>::try_from(bytes).unwrap()),
    };
    SocketAddr::new(ip, u16::from_str_radix(port, 16).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_listens_at_its_loopback_port_and_nowhere_else() {
    let machine = Machine::new().unwrap();
    let up = machine.up(0).await.unwrap();
    let port = machine.gateway().unwrap().port();
    let sockets = sockets(up.pid().unwrap());
    let tcp: Vec<_> = ["tcp", "tcp6"].iter().flat_map(|table| listed(table, &sockets)).collect();
    let listening: BTreeSet<_> = tcp.iter().filter(|(_, state)| state == LISTENS).map(|(at, _)| *at).collect();
    let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    assert!(listening.contains(&SocketAddr::new(loopback[0], port)), "{listening:?}");
    assert!(listening.iter().all(|at| loopback.contains(&at.ip()) && at.port() == port), "{listening:?}");
    for table in ["udp", "udp6", "raw", "raw6"] {
        assert_eq!(listed(table, &sockets), [], "{table}");
    }
    up.kill().await.unwrap();
}
