//! Serve, as one tenant of several.

use homie_tailnet::fake::{Mishap, Rights};
use homie_tailnet::{Mount, Obstacle, Scheme, ServeConfig, TailnetError};
use serde_json::{Value, json};

use crate::harness::net;

fn mount() -> Mount {
    Mount {
        name: "gw.tail.test".to_owned(),
        port: 4663,
        scheme: Scheme::Http,
        socket: "/run/us.sock".into(),
        capabilities: Vec::new(),
    }
}

fn config(value: &Value) -> ServeConfig {
    ServeConfig::parse(value.to_string().as_bytes()).expect("a configuration")
}

/// Somebody else's.
fn theirs() -> Value {
    json!({
        "TCP": { "443": { "HTTPS": true } },
        "Web": { "gw.tail.test:443": { "Handlers": { "/": { "Proxy": "http://127.0.0.1:3000" } } } },
    })
}

#[tokio::test]
async fn our_port_comes_and_goes_and_others_stay() {
    let net = net();
    assert!(net.fake.serve_config().is_null());
    net.fake.set_serve_config(theirs());
    assert!(net.api.serve(&mount()).await.expect("it is served"));
    let served = net.fake.serve_config();
    assert_eq!(served["TCP"], json!({ "443": { "HTTPS": true }, "4663": { "HTTP": true } }));
    assert_eq!(served["Web"]["gw.tail.test:4663"]["Handlers"]["/"]["Proxy"], "unix:/run/us.sock");

    assert!(!net.api.serve(&mount()).await.expect("it is served already"));
    assert!(net.api.unserve(&mount()).await.expect("it is gone"));
    assert_eq!(net.fake.serve_config(), theirs());
    assert!(!net.api.unserve(&mount()).await.expect("there is nothing"));
    let writes = net.fake.asked().iter().filter(|asked| asked.starts_with("POST")).count();
    assert_eq!(writes, 2, "nothing is written that changes nothing");
}

#[tokio::test]
async fn what_is_in_the_way_stays_there() {
    let net = net();
    let found = json!({ "TCP": { "4663": { "TCPForward": "127.0.0.1:22" } } });
    net.fake.set_serve_config(found.clone());
    let refused = net.api.serve(&mount()).await.expect_err("the port is taken");
    assert!(matches!(refused, TailnetError::InTheWay(Obstacle::Taken { port: 4663, .. })), "{refused:?}");
    assert_eq!(net.fake.serve_config(), found);
}

#[tokio::test]
async fn the_right_to_serve_can_be_asked_for_without_a_change() {
    let net = net();
    net.fake.set_serve_config(theirs());
    for (rights, is_enough) in [(Rights::Root, true), (Rights::Operator, false), (Rights::Reader, false)] {
        net.fake.set_rights(rights);
        assert_eq!(net.api.may_serve(&mount()).await.is_ok(), is_enough, "{rights:?}");
        assert_eq!(net.fake.serve_config(), theirs(), "{rights:?}");
    }
    let found = json!({ "TCP": { "4663": { "TCPForward": "127.0.0.1:22" } } });
    net.fake.set_serve_config(found.clone());
    let refused = net.api.may_serve(&mount()).await.expect_err("the port is taken");
    assert!(matches!(refused, TailnetError::InTheWay(Obstacle::Taken { port: 4663, .. })), "{refused:?}");
}

#[tokio::test]
async fn a_state_that_is_past_is_not_overwritten() {
    let net = net();
    let (before, etag) = net.api.serve_config().await.expect("a configuration");
    assert_eq!(before, ServeConfig::default());
    net.fake.set_serve_config(theirs());
    let late = net.api.set_serve_config(&before, &etag).await;
    assert!(matches!(late, Err(TailnetError::Changed(_))), "{late:?}");
    assert_eq!(net.fake.serve_config(), theirs());

    let (_, etag) = net.api.serve_config().await.expect("a configuration");
    net.api.set_serve_config(&before, &etag).await.expect("it is the newest state");
    assert_eq!(net.fake.serve_config(), json!({}));
}

#[tokio::test]
async fn who_is_overtaken_reads_again_and_gives_up_at_last() {
    let net = net();
    net.fake.overtake(2, theirs());
    assert!(net.api.serve(&mount()).await.expect("the third attempt succeeds"));
    assert_eq!(net.fake.serve_config()["Web"].as_object().expect("sites").len(), 2);

    net.api.unserve(&mount()).await.expect("it is gone");
    net.fake.overtake(1_000, theirs());
    let overtaken = net.api.serve(&mount()).await;
    assert!(matches!(overtaken, Err(TailnetError::Changed(_))), "{overtaken:?}");
}

#[tokio::test]
async fn rights_are_told_apart() {
    let net = net();
    net.fake.set_rights(Rights::Reader);
    let reader = net.api.serve(&mount()).await.expect_err("only reading");
    assert!(matches!(reader, TailnetError::Denied { .. }) && reader.to_string().contains("sudo"), "{reader:?}");
    net.fake.set_rights(Rights::Operator);
    let operator = net.api.serve(&mount()).await.expect_err("a unix socket");
    assert!(
        matches!(operator, TailnetError::NeedsAdmin { .. }) && operator.to_string().contains("sudo"),
        "{operator:?}"
    );
    assert!(net.fake.serve_config().is_null());
}

#[tokio::test]
async fn a_type_cannot_change_in_one_step() {
    let net = net();
    net.api.serve(&mount()).await.expect("it is served");
    let https = Mount { scheme: Scheme::Https, ..mount() };
    assert!(matches!(net.api.serve(&https).await, Err(TailnetError::InTheWay(Obstacle::OtherType { .. }))));

    // tailscaled would say so too.
    let (_, etag) = net.api.serve_config().await.expect("a configuration");
    let wanted = config(&json!({ "TCP": { "4663": { "HTTPS": true } } }));
    let refused = net.api.set_serve_config(&wanted, &etag).await.expect_err("another type");
    assert!(refused.to_string().contains("already serving \"http\""), "{refused}");

    net.api.unserve(&mount()).await.expect("it is gone");
    assert!(net.api.serve(&https).await.expect("it is served"));
}

#[tokio::test]
async fn without_the_name_of_a_state_nothing_is_written() {
    let net = net();
    net.fake.set_mishap("serve-config", Some(Mishap::Answer(200, "null".into())));
    assert!(matches!(net.api.serve(&mount()).await, Err(TailnetError::Garbled { .. })));
    assert_eq!(net.fake.asked(), ["GET serve-config"]);
    for nonsense in ["", "[]", "7", "{"] {
        net.fake.set_mishap("serve-config", Some(Mishap::Answer(200, nonsense.into())));
        assert!(matches!(net.api.serve_config().await, Err(TailnetError::Garbled { .. })), "{nonsense}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_and_endlessness_have_an_end() {
    let net = net();
    net.fake.set_mishap("serve-config", Some(Mishap::Silence));
    assert!(matches!(net.api.serve(&mount()).await, Err(TailnetError::TimedOut { .. })));
    net.fake.set_mishap("serve-config", Some(Mishap::Endless));
    assert!(matches!(net.api.serve(&mount()).await, Err(TailnetError::TooLong { .. })));
}
