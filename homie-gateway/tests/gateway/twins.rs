//! N-10 at the gateway's own page: who proves to have its key closes it, and nobody else does, whatever they say.

use std::sync::Arc;

use homie_gateway::Gateway;
use homie_protocol::hello::{Role, Signature};
use homie_protocol::id::{StartId, base32, from_base32};
use homie_protocol::methods::start::StartSignature;
use homie_trust::{ClonedFile, GatewayFile, KeyPair, Start, SystemRandom};
use serde_json::Value;

use crate::harness::{House, within};

/// What a gateway answers to this start: its own, and its signature of the one that asks.
async fn asked(house: &House, start: StartId, sig: Option<&Signature>) -> StartSignature {
    let sig = sig.map(|sig| format!("&sig={}", base32(&sig.0))).unwrap_or_default();
    let answer = house.get(&format!("/.well-known/homie?start={start}{sig}")).await;
    assert_eq!(answer.status, 200);
    let told: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!(told["node"], house.gateway.node().to_string());
    let sig = from_base32(told["sig"].as_str().unwrap()).unwrap();
    StartSignature { start: told["start"].as_str().unwrap().parse().unwrap(), sig: Signature(sig.try_into().unwrap()) }
}

fn start(key: KeyPair) -> Start {
    Start::new(Arc::new(key), &SystemRandom).unwrap()
}

/// Whether it is to be started anew already.
async fn is_turned(gateway: &Gateway) -> bool {
    tokio::select! {
        biased;
        () = gateway.turned() => true,
        () = std::future::ready(()) => false,
    }
}

#[tokio::test]
async fn who_proves_to_have_its_key_closes_it_and_a_stranger_does_not() {
    let house = House::start().await;
    let key = || KeyPair::machine(&house.state).unwrap();
    let (stranger, twin) = (start(KeyPair::generate().unwrap()), start(key()));
    let own = asked(&house, stranger.id(), None).await;
    // Another's signature, the gateway's own sent back, and what was signed of another start.
    let forged = stranger.sign(own.start).unwrap().sig;
    asked(&house, stranger.id(), Some(&forged)).await;
    asked(&house, own.start, Some(&own.sig)).await;
    asked(&house, stranger.id(), Some(&own.sig)).await;
    asked(&house, twin.id(), Some(&twin.sign(stranger.id()).unwrap().sig)).await;
    assert!(!ClonedFile::lies(&house.state) && !is_turned(&house.gateway).await);
    // The start before it has signed what it was asked, which says nothing about this one.
    let earlier = twin.sign(own.start).unwrap().sig;
    let house = house.again(None).await;
    asked(&house, twin.id(), Some(&earlier)).await;
    assert!(!ClonedFile::lies(&house.state) && house.gateway.cloned().is_none());

    let own = asked(&house, twin.id(), None).await;
    assert!(twin.is_twin(&own), "and so the twin learns it");
    asked(&house, twin.id(), Some(&twin.sign(own.start).unwrap().sig)).await;
    within(house.gateway.turned()).await;
    assert_eq!(ClonedFile::read(&house.state).unwrap().unwrap().start, twin.id());

    // Started anew it is closed, until the file goes.
    let house = house.again(Some(Role::Viewer)).await;
    assert_eq!(house.gateway.cloned().unwrap().kind, "cloned");
    assert_eq!(GatewayFile::read(&house.state).unwrap().unwrap().closed.unwrap().command, "homie rekey");
    assert_eq!(house.get("/").await.status, 200, "this machine's own programs use it as before");
    std::fs::remove_file(house.state.path().join("cloned")).unwrap();
    within(house.gateway.turned()).await;
    assert!(house.again(None).await.gateway.cloned().is_none());
}
