//! What each role may ask of the gateway, and that a revocation reaches a circuit that is open.

use homie_protocol::code::Code;
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading};
use homie_protocol::hello::Role;
use homie_protocol::id::RequestKey;
use homie_trust::{Actor, KeyPair, SystemRandom, random_bytes};

use crate::client::{Client, greeted};
use crate::harness::{House, enrol, roster};

#[tokio::test]
async fn a_revocation_ends_the_circuit_at_the_gateway() {
    let house = House::start().await;
    let key = KeyPair::generate().unwrap();
    enrol(&house, &key, Role::Operator);
    let (mut client, role) = greeted(&house, &key).await;
    assert_eq!(role, Role::Operator);
    roster(&house).revoke(key.device_key().id, &Actor::local("test")).unwrap();
    let farewell = client.hear().await.unwrap();
    let Control::Bye(refusal) = control::decode(&farewell, Reading::Answers).unwrap() else { panic!("no farewell") };
    assert_eq!(refusal.code, Code::DeviceUnknown);
    assert_eq!(client.hear().await, None);
    assert_eq!(greeted(&house, &key).await.1, Role::None, "and it is a stranger from then on");
}

const TABLE: &str = include_str!("../../../docs/access.md");

/// The table: its head, and its rows.
fn table() -> (Vec<String>, Vec<Vec<String>>) {
    let cells =
        |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let mut lines = TABLE.lines().filter(|line| line.starts_with('|')).map(cells);
    let head = lines.next().unwrap();
    (head, lines.skip(1).collect())
}

/// Asks for every method, and holds the answers against the column with this title.
pub(crate) async fn answers_as_the_table_says(client: &mut Client, title: &str) {
    let (head, rows) = table();
    let column = head.iter().position(|known| known == title).unwrap();
    for (id, row) in (1..).zip(&rows) {
        let method = row[0].trim_matches('`');
        let keyed = homie_protocol::methods::row(method).unwrap().keyed;
        let key = keyed.then(|| RequestKey::from_bytes(random_bytes(&SystemRandom).unwrap()));
        client.say(&Outgoing::Request { id, method, params: &Empty {}, key }).await;
        let payload = client.hear().await.unwrap();
        let Control::Response(response) = control::decode(&payload, Reading::Answers).unwrap() else {
            panic!("not a response");
        };
        let answer = match response.outcome.map_err(|refusal| refusal.code) {
            Err(code @ (Code::Forbidden | Code::UnknownMethod)) => code.name(),
            Ok(_) | Err(_) => "yes",
        };
        assert_eq!(answer, row[column], "{method} for {title}");
    }
}

#[tokio::test]
async fn every_method_is_answered_to_every_role_as_the_table_says() {
    let house = House::start().await;
    for (title, role) in [
        ("gateway: none", None),
        ("gateway: viewer", Some(Role::Viewer)),
        ("gateway: operator", Some(Role::Operator)),
        ("gateway: owner", Some(Role::Owner)),
    ] {
        let key = KeyPair::generate().unwrap();
        if let Some(role) = role {
            enrol(&house, &key, role);
        }
        answers_as_the_table_says(&mut greeted(&house, &key).await.0, title).await;
    }
}
