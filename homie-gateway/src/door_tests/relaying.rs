//! Circuits that this gateway is to pass on, to a machine whose door has not the certificate that it must have.

use std::sync::Arc;

use homie_trust::KeyPair;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::harness::{Inside, UPGRADE, alice, ask, inside, within};

/// The name that the certificate must have.
const LAPTOP: &str = "laptop.tail.test";

/// What every gateway tells of itself, whoever asks.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\nconnection: close\r\n\r\n{\"homie\":\"9\"}\n";

/// What is told of a circuit with Alice's laptop, which listens there, once the tailnet has told where it is.
async fn told(inside: &Inside, listener: &TcpListener) -> (u16, String) {
    let (key, port) = (KeyPair::generate().unwrap(), listener.local_addr().unwrap().port());
    inside.fake.set_peer(alice().at_loopback());
    inside.roster().tell_machine(key.machine_key(), "laptop", Some(&[format!("https://{LAPTOP}:{port}")])).unwrap();
    let host = [("Host", "localhost:4663")];
    within(async {
        loop {
            let path = format!("/m/{}", key.node_id());
            let (status, words) = ask(inside.by_loopback(), &path, &[&host[..], UPGRADE].concat()).await;
            if !words.contains("cannot be reached") {
                return (status, words);
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_machine_that_shows_no_certificate_is_sent_nothing() {
    let (inside, listener) = (inside(), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let serving = async {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _read = socket.read(&mut [0; 4096]).await;
            // Who wanted TLS may be gone.
            let _said = socket.write_all(ANSWER).await;
        }
    };
    let (status, words) = tokio::select! {
        told = told(&inside, &listener) => told,
        () = serving => unreachable!("it serves for ever"),
    };
    assert!(status == 502 && words.contains(LAPTOP) && words.contains("without"), "{status} {words}");
}

#[tokio::test]
async fn nor_is_one_whose_certificate_nobody_here_believes_or_has_another_name() {
    for name in [LAPTOP, "other.tail.test"] {
        let (inside, listener) = (inside(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let server = server.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let server = server.with_single_cert(vec![cert.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(server));
        let serving = async {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                assert!(acceptor.accept(socket).await.is_err(), "nobody goes on who does not believe it");
            }
        };
        let (status, words) = tokio::select! {
            told = told(&inside, &listener) => told,
            () = serving => unreachable!("it serves for ever"),
        };
        assert!(status == 502 && words.contains(LAPTOP) && words.contains("certificate"), "{name}: {status} {words}");
    }
}
