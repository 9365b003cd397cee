//! A link lets one key in, once.

use futures_util::future::join_all;
use homie_gateway::link;
use homie_protocol::code::Code;
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading};
use homie_protocol::hello::{ClientKind, Role};
use homie_protocol::id::LinkSecret;
use homie_protocol::limits::{CIRCUITS, NAME_MAX};
use homie_protocol::methods::pairing::{Redeem, RedeemParams};
use homie_trust::KeyPair;

use crate::client::{Client, greeted};
use crate::harness::{House, enrol, enrolled, roster};

fn secret(link: &str) -> LinkSecret {
    link.split_once("/#link=").unwrap().1.parse().unwrap()
}

/// Redeems a link.
fn redeem(secret: &LinkSecret, name: &str) -> RedeemParams {
    RedeemParams { secret: *secret, name: name.to_owned() }
}

#[tokio::test]
async fn a_link_lets_one_key_in_once() {
    let house = House::start().await;
    let link = house.gateway.link().unwrap();
    assert!(link.starts_with(&format!("http://{}/#link=", house.host())), "{link}");
    let (first, second) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());

    let (mut client, role) = greeted(&house, &first).await;
    assert_eq!(role, Role::None);
    let output = client.ask::<Redeem>(&redeem(&secret(&link), " Firefox on desk ")).await.unwrap();
    assert_eq!(output.device, first.device_key().id);
    assert_eq!(output.role, Role::Owner);
    assert_eq!(output.node, house.gateway.node());
    let members = roster(&house).members().unwrap();
    let device = members.device(&first.device_key()).unwrap();
    assert_eq!((device.name.as_str(), device.kind, device.role), ("Firefox on desk", ClientKind::Web, Role::Owner));

    // The same link again: from this circuit and from another key.
    assert_eq!(client.ask::<Redeem>(&redeem(&secret(&link), "again")).await, Err(Code::LinkInvalid));
    let (mut other, role) = greeted(&house, &second).await;
    assert_eq!(role, Role::None);
    assert_eq!(other.ask::<Redeem>(&redeem(&secret(&link), "other")).await, Err(Code::LinkInvalid));
    assert_eq!(roster(&house).members().unwrap().device(&second.device_key()), None);

    // The next circuit of the first has its role, the second's has none.
    assert_eq!(greeted(&house, &first).await.1, Role::Owner);
    assert_eq!(greeted(&house, &second).await.1, Role::None);
}

#[tokio::test]
async fn the_257th_circuit_of_known_devices_is_told_so_and_a_stranger_still_gets_in() {
    let house = House::start().await;
    let (known, stranger) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    enrol(&house, &known, Role::Owner);
    let mut crowd = Vec::new();
    for _ in 0..CIRCUITS {
        crowd.push(greeted(&house, &known).await.0);
    }
    let (mut late, _) = greeted(&house, &known).await;
    let farewell = late.hear().await.unwrap();
    assert!(
        matches!(control::decode(&farewell, Reading::Answers).unwrap(), Control::Bye(refusal) if refusal.code == Code::Busy)
    );
    let link = secret(&house.gateway.link().unwrap());
    greeted(&house, &stranger).await.0.ask::<Redeem>(&redeem(&link, "phone")).await.unwrap();
}

/// P-05: many at once.
#[tokio::test]
async fn of_many_at_once_one_wins() {
    let house = House::start().await;
    for round in 1..=5 {
        let said = redeem(&secret(&house.gateway.link().unwrap()), "one of many");
        let mut crowd = Vec::new();
        for _ in 0..20 {
            crowd.push(greeted(&house, &KeyPair::generate().unwrap()).await.0);
        }
        let outcomes = join_all(crowd.iter_mut().map(|client| client.ask::<Redeem>(&said))).await;
        let (winners, losers): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(winners.len(), 1, "round {round}");
        assert!(losers.iter().all(|loser| *loser == Err(Code::LinkInvalid)), "{losers:?}");
        assert_eq!(enrolled(&house), round);
    }
}

#[tokio::test]
async fn a_guess_is_refused() {
    let house = House::start().await;
    let (mut client, _) = greeted(&house, &KeyPair::generate().unwrap()).await;
    let guess = LinkSecret::from_bytes([7; 16]);
    assert_eq!(client.ask::<Redeem>(&redeem(&guess, "guess")).await, Err(Code::LinkInvalid));
    assert_eq!(enrolled(&house), 0);
}

#[tokio::test]
async fn a_link_made_beside_the_gateway_is_as_good() {
    let house = House::start().await;
    let link = link(&house.state, house.addr()).unwrap();
    let (mut client, _) = greeted(&house, &KeyPair::generate().unwrap()).await;
    client.ask::<Redeem>(&redeem(&secret(&link), "desk")).await.unwrap();
    assert_eq!(enrolled(&house), 1);
}

#[tokio::test]
async fn a_name_that_cannot_stand_in_a_list_is_refused_and_spends_no_link() {
    let house = House::start().await;
    let link = secret(&house.gateway.link().unwrap());
    let (mut client, _) = greeted(&house, &KeyPair::generate().unwrap()).await;
    let long = "x".repeat(NAME_MAX + 1);
    for name in ["", "Firefox\u{202e}\n on desk", &long] {
        assert_eq!(client.ask::<Redeem>(&redeem(&link, name)).await, Err(Code::OutOfRange), "{name:?}");
    }
    client.ask::<Redeem>(&redeem(&link, "desk")).await.unwrap();
}

#[tokio::test]
async fn who_says_another_origin_than_its_request_is_refused() {
    let house = House::start().await;
    let key = KeyPair::generate().unwrap();
    let port = house.addr().port();
    for other in [format!("http://127.0.0.1:{port}"), "http://evil.example".to_owned()] {
        let mut client = Client::open(&house).await;
        assert_eq!(client.greet(&house, &key, &other).await, Err(Code::Origin), "{other}");
        assert_eq!(client.hear().await, None);
    }
}

#[tokio::test]
async fn a_gateway_serves_no_sessions() {
    let house = House::start().await;
    let (mut client, _) = greeted(&house, &KeyPair::generate().unwrap()).await;
    client.say(&Outgoing::Request { id: 1, method: "terminal.session.list", params: &Empty {}, key: None }).await;
    let payload = client.hear().await.unwrap();
    let Control::Response(response) = control::decode(&payload, Reading::Answers).unwrap() else {
        panic!("not a response");
    };
    assert_eq!(response.outcome.unwrap_err().code, Code::UnknownMethod);
}

#[tokio::test]
async fn strangers_give_way_to_newer_ones() {
    let house = House::start().await;
    let (mut first, role) = greeted(&house, &KeyPair::generate().unwrap()).await;
    assert_eq!(role, Role::None);
    let mut crowd = Vec::new();
    for _ in 0..64 {
        crowd.push(Client::open(&house).await);
    }
    let Control::Bye(refusal) = control::decode(&first.hear().await.unwrap(), Reading::Answers).unwrap().clone() else {
        panic!("not a farewell");
    };
    assert_eq!(refusal.code, Code::Busy);
}

#[tokio::test]
async fn a_stop_says_goodbye() {
    let house = House::start().await;
    let (mut client, _) = greeted(&house, &KeyPair::generate().unwrap()).await;
    house.gateway.stop().await;
    let payload = client.hear().await.unwrap();
    let Control::Bye(refusal) = control::decode(&payload, Reading::Answers).unwrap() else {
        panic!("not a farewell");
    };
    assert_eq!(refusal.code, Code::GoingAway);
    assert_eq!(client.hear().await, None);
}
