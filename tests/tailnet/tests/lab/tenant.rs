//! Serve as a good tenant on a real tailscaled: what is others' stays as it is, and a write that comes too late is none.

use homie_tailnet::{LocalApi, Mount, Obstacle, Scheme, ServeConfig, TailnetError};
use homie_tailnet_lab::host::Host;
use homie_tailnet_lab::lab::Lab;
use serde_json::{Value, json};

fn mount(host: &Host, port: u16, scheme: Scheme) -> Mount {
    Mount { name: host.dns_name(), port, scheme, socket: host.folder().join("serve.sock"), capabilities: Vec::new() }
}

async fn read(api: &LocalApi) -> Value {
    serde_json::from_slice(&api.serve_config().await.unwrap().0.to_json()).unwrap()
}

/// What somebody else serves: a port of theirs, and the name on which the certificate hangs.
async fn let_others_serve(api: &LocalApi, host: &Host, port: u16) -> Value {
    let name = host.dns_name();
    let (_, etag) = api.serve_config().await.unwrap();
    let config = json!({
        "TCP": {port.to_string(): {"HTTP": true}, "9001": {"TCPForward": "127.0.0.1:1"}},
        "Web": {format!("{name}:{port}"): {"Handlers": {"/": {"Text": "theirs"}, "/more": {"Text": "too"}}}},
        "AllowFunnel": {format!("{name}:443"): true},
    });
    api.set_serve_config(&ServeConfig::parse(config.to_string().as_bytes()).unwrap(), &etag).await.unwrap();
    read(api).await
}

#[tokio::test]
async fn a_port_comes_and_goes_and_what_is_others_stays() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    let api = LocalApi::new(desk.socket());
    let before = let_others_serve(&api, &desk, 8080).await;
    let ours = mount(&desk, 4663, Scheme::Https);
    assert!(api.serve(&ours).await.unwrap());
    assert!(!api.serve(&ours).await.unwrap(), "it was there");
    let mut with = read(&api).await;
    assert_eq!(with["TCP"]["4663"], json!({"HTTPS": true}));
    let target = format!("unix:{}", ours.socket.display());
    assert_eq!(with["Web"]["desk.tail.test:4663"]["Handlers"]["/"]["Proxy"], target);
    with["TCP"].as_object_mut().unwrap().remove("4663");
    with["Web"].as_object_mut().unwrap().remove("desk.tail.test:4663");
    assert_eq!(with, before);
    assert!(api.unserve(&ours).await.unwrap());
    assert!(!api.unserve(&ours).await.unwrap(), "it was gone");
    assert_eq!(read(&api).await, before);
}

#[tokio::test]
async fn what_is_in_the_way_is_named_and_left_alone() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    let api = LocalApi::new(desk.socket());
    let before = let_others_serve(&api, &desk, 4663).await;
    let refused = api.serve(&mount(&desk, 4663, Scheme::Http)).await;
    assert!(matches!(refused, Err(TailnetError::InTheWay(Obstacle::Taken { port: 4663, .. }))), "{refused:?}");
    let refused = api.serve(&mount(&desk, 9001, Scheme::Http)).await;
    assert!(matches!(refused, Err(TailnetError::InTheWay(Obstacle::Taken { port: 9001, .. }))), "{refused:?}");
    let refused = api.serve(&mount(&desk, 443, Scheme::Https)).await;
    assert!(matches!(refused, Err(TailnetError::InTheWay(Obstacle::Funnel { port: 443 }))), "{refused:?}");
    assert_eq!(read(&api).await, before);
}

#[tokio::test]
async fn a_port_does_not_change_its_type_in_one_step() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    let api = LocalApi::new(desk.socket());
    assert!(api.serve(&mount(&desk, 4663, Scheme::Http)).await.unwrap());
    let refused = api.serve(&mount(&desk, 4663, Scheme::Https)).await;
    assert!(matches!(refused, Err(TailnetError::InTheWay(Obstacle::OtherType { port: 4663, .. }))), "{refused:?}");
    assert!(api.unserve(&mount(&desk, 4663, Scheme::Http)).await.unwrap());
    assert!(api.serve(&mount(&desk, 4663, Scheme::Https)).await.unwrap());
}

#[tokio::test]
async fn a_write_for_a_state_that_is_over_is_refused() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    let api = LocalApi::new(desk.socket());
    let (config, stale) = api.serve_config().await.unwrap();
    assert!(api.serve(&mount(&desk, 4663, Scheme::Https)).await.unwrap());
    let served = read(&api).await;
    let refused = api.set_serve_config(&config, &stale).await;
    assert!(matches!(refused, Err(TailnetError::Changed(_))), "{refused:?}");
    assert_eq!(read(&api).await, served);
}

#[tokio::test]
async fn tenants_that_come_at_once_all_get_their_ports() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    let api = LocalApi::new(desk.socket());
    let [one, two, three] = [9001, 9002, 9003].map(|port| mount(&desk, port, Scheme::Https));
    let served = tokio::try_join!(api.serve(&one), api.serve(&two), api.serve(&three)).unwrap();
    assert_eq!(served, (true, true, true));
    let ports = read(&api).await["TCP"].clone();
    assert_eq!(ports, json!({"9001": {"HTTPS": true}, "9002": {"HTTPS": true}, "9003": {"HTTPS": true}}));
}
