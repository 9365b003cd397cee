//! Devices that know the machine's shared secret: where the owner wants that, and nowhere else.

use homie_protocol::code::Code;
use homie_protocol::hello::Role;
use homie_protocol::methods::pairing::{Await, AwaitParams, Way};
use homie_trust::Audit;
use homie_trust::pairing::SharedSecret;

use crate::client::greeted;
use crate::harness::{House, enrolled};
use crate::pairing::Phone;

fn secret(house: &House) -> [u8; 20] {
    SharedSecret::load(&house.state, Role::Operator).unwrap().expect("it was drawn").secret
}

#[tokio::test]
async fn it_is_off_unless_the_owner_wants_it_and_off_again_after() {
    let house = House::start().await;
    let mut phone = Phone::new(&house).await;
    assert_eq!(phone.join(&house, (Way::Secret, None), &[0; 20]).await.err(), Some(Code::Forbidden));
    assert!(!house.state.path().join("pairing.secret").exists(), "none is drawn");
    let house = house.again(Some(Role::Viewer)).await;
    let known = secret(&house);
    let house = house.again(None).await;
    let mut phone = Phone::new(&house).await;
    assert_eq!(phone.join(&house, (Way::Secret, None), &known).await.err(), Some(Code::Forbidden));
    assert_eq!(enrolled(&house), 0);
}

#[tokio::test]
async fn who_knows_it_is_in_at_once_with_the_role_that_was_approved_and_stays_in() {
    let house = House::with_secret(Role::Viewer).await;
    let known = secret(&house);
    let mut phone = Phone::new(&house).await;
    let shown = phone.join(&house, (Way::Secret, None), &known).await.unwrap();
    let paired = phone.client.ask::<Await>(&AwaitParams { id: shown.id }).await.unwrap().paired.unwrap();
    assert_eq!(paired.role, Role::Viewer);
    let entries = Audit::of(&house.state).entries().unwrap();
    assert!(entries.iter().any(|entry| entry.via == "shared secret"), "{entries:?}");

    let house = house.again(Some(Role::Viewer)).await;
    assert_eq!(secret(&house), known, "it survives restarts");
    assert_eq!(greeted(&house, &phone.key).await.1, Role::Viewer);
    let mut other = Phone::new(&house).await;
    assert!(other.join(&house, (Way::Secret, None), &known).await.is_ok());
    assert_eq!(enrolled(&house), 2);
}

#[tokio::test]
async fn nobody_becomes_an_owner_by_it() {
    let house = House::with_secret(Role::Owner).await;
    let mut phone = Phone::new(&house).await;
    let known = secret(&house);
    phone.join(&house, (Way::Secret, None), &known).await.unwrap();
    assert_eq!(greeted(&house, &phone.key).await.1, Role::Operator);
}

#[tokio::test]
async fn a_wrong_one_is_refused_counted_and_written_down() {
    let house = House::with_secret(Role::Operator).await;
    let known = secret(&house);
    let mut wrong = known;
    wrong[19] ^= 1;
    let mut phone = Phone::new(&house).await;
    for _ in 0..10 {
        assert_eq!(phone.join(&house, (Way::Secret, None), &wrong).await.err(), Some(Code::PairingInvalid));
    }
    for secret in [wrong, known] {
        assert_eq!(phone.join(&house, (Way::Secret, None), &secret).await.err(), Some(Code::TooOften));
    }
    assert_eq!(enrolled(&house), 0);
    let entries = Audit::of(&house.state).entries().unwrap();
    let refused = entries.iter().filter(|entry| entry.act == "refuse" && entry.via == "pairing").count();
    assert_eq!(refused, 10, "{entries:?}");
}
