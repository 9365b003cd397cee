//! F-05: many who say nothing keep nobody out. And how a gateway starts and stops.

use std::net::Ipv6Addr;

use homie_gateway::{Gateway, GatewayConfig, GatewayError, Page};
use homie_protocol::code::Code;
use homie_protocol::hello::Role;
use homie_trust::{GatewayFile, KeyPair, StateDir, TrustError};
use rustix::process::Uid;
use rustix::thread::set_thread_res_uid;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::client::{Client, greeted};
use crate::harness::{House, enrol, read_to_end};

#[tokio::test]
async fn a_crowd_that_says_nothing_keeps_nobody_out() {
    let house = House::start().await;
    let mut crowd = Vec::new();
    for _ in 0..500 {
        let mut socket = house.connect().await;
        socket.write_all(b"GET / HT").await.unwrap();
        crowd.push(socket);
    }
    assert_eq!(house.get("/").await.status, 200);
    // The first of them had to go.
    assert!(read_to_end(&mut crowd[0]).await.is_empty());
}

#[tokio::test]
async fn a_head_that_never_ends_is_not_waited_for() {
    let house = House::start().await;
    let mut socket = house.connect().await;
    socket.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
    assert!(!String::from_utf8_lossy(&read_to_end(&mut socket).await).contains("200 OK"));
}

/// A connection of another user's program: whose it is was settled when its socket was made.
fn connection_of_another_user(house: &House) -> TcpStream {
    let addr = house.addr();
    let connecting = std::thread::spawn(move || {
        let nobody = Uid::from_raw(65_534);
        set_thread_res_uid(nobody, nobody, nobody).unwrap();
        std::net::TcpStream::connect(addr).unwrap()
    });
    let stream = connecting.join().unwrap();
    stream.set_nonblocking(true).unwrap();
    TcpStream::from_std(stream).unwrap()
}

/// one user of this machine does not lock another out of the page.
#[tokio::test]
async fn who_fails_spends_the_tries_of_its_own_user_alone() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("SKIP: a connection of another user needs root");
    }
    let house = House::start().await;
    let key = KeyPair::generate().unwrap();
    enrol(&house, &key, Role::Owner);
    for place in 0..12 {
        let mut theirs = Client::over(&house, connection_of_another_user(&house)).await;
        let expected = if place < 10 { Code::Origin } else { Code::TooOften };
        assert_eq!(theirs.greet(&house, &key, "http://evil.example").await, Err(expected));
    }
    assert_eq!(greeted(&house, &key).await.1, Role::Owner);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let house = House::start().await;
    let other = StateDir::open(&house.folder.path().join("other")).unwrap();
    let port = house.addr().port();
    let config = GatewayConfig { port: Some(port), ..GatewayConfig::on_loopback(other, "desk", Page::of(&[])) };
    let error = Gateway::start(config).await.err().unwrap();
    assert!(matches!(error, GatewayError::PortTaken(taken) if taken == port));
    assert!(error.to_string().contains(&port.to_string()) && error.to_string().contains("--port"), "{error}");
}

/// A browser may take `localhost` for either address; whoever had the other would read the one-use link.
#[tokio::test]
async fn both_loopback_addresses_are_ours() {
    let house = House::start().await;
    let port = house.addr().port();
    let other = (Ipv6Addr::LOCALHOST, port);
    // Where there is no IPv6 nobody else has the address either.
    assert!(TcpListener::bind(other).await.is_err(), "the other address is free for anybody");
    house.gateway.stop().await;
    let Ok(_stranger) = TcpListener::bind(other).await else { return };
    let config =
        GatewayConfig { port: Some(port), ..GatewayConfig::on_loopback(house.state.clone(), "desk", Page::of(&[])) };
    assert!(matches!(Gateway::start(config).await.err(), Some(GatewayError::PortTaken(_))));
}

#[tokio::test]
async fn a_state_directory_has_one_gateway() {
    let house = House::start().await;
    let config = GatewayConfig::on_loopback(house.state.clone(), "desk", Page::of(&[]));
    let error = Gateway::start(config).await.err().unwrap();
    assert!(matches!(error, GatewayError::Trust(TrustError::Taken { .. })), "{error}");
}

#[tokio::test]
async fn a_stop_leaves_nothing_behind() {
    let house = House::start().await;
    let written = GatewayFile::read(&house.state).unwrap().unwrap();
    assert_eq!(written.addr, house.addr());
    assert_eq!(written.pid, std::process::id());
    let mut idle = house.connect().await;
    let addr = house.addr();
    house.gateway.stop().await;
    assert!(GatewayFile::read(&house.state).unwrap().is_none());
    assert!(read_to_end(&mut idle).await.is_empty());
    assert!(TcpStream::connect(addr).await.is_err());
    TcpListener::bind(addr).await.unwrap();
    let config = GatewayConfig::on_loopback(house.state.clone(), "desk", Page::of(&[]));
    Gateway::start(config).await.unwrap().stop().await;
}
