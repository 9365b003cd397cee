//! Who may ask tailscaled for what: everybody reads, root writes, and the operator writes what leads to no file.

use homie_tailnet::{LocalApi, Mount, Scheme, ServeConfig, TailnetError};
use homie_tailnet_lab::host::{Host, Who};
use homie_tailnet_lab::lab::Lab;
use tokio::runtime::Builder;

/// Asks as somebody on the host: by a thread of theirs, because tailscaled looks at who has opened the connection.
fn ask_as<T: Send + 'static>(host: &Host, who: Who, ask: impl AsyncFnOnce(LocalApi) -> T + Send + 'static) -> T {
    let socket = host.socket();
    let asking = move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(ask(LocalApi::new(socket)))
    };
    host.inside(who, asking).unwrap()
}

fn mount(host: &Host) -> Mount {
    Mount {
        name: host.dns_name(),
        port: 4663,
        scheme: Scheme::Https,
        socket: host.folder().join("serve.sock"),
        capabilities: Vec::new(),
    }
}

#[test]
fn everybody_may_read() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    let caller = (lab.studio().v4().unwrap(), 0).into();
    ask_as(&desk, Who::Other, async move |api| {
        assert!(api.status().await.unwrap().is_running());
        assert_eq!(api.status_with_peers().await.unwrap().peers.len(), 3);
        assert_eq!(api.whois(caller, None).await.unwrap().user.login_name, "bob@example.com");
        api.serve_config().await.unwrap();
        api.changes().await.unwrap().next().await.unwrap();
        assert_eq!(api.daemon_uid().await.unwrap(), 0);
    });
}

#[test]
fn another_account_may_not_write_nor_have_the_certificate() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    let (mount, name) = (mount(&desk), desk.dns_name());
    ask_as(&desk, Who::Other, async move |api| {
        let refused = api.serve(&mount).await;
        assert!(matches!(refused, Err(TailnetError::Denied { .. })), "{refused:?}");
        let refused = api.certificate(&name).await;
        assert!(matches!(refused, Err(TailnetError::Denied { .. })), "{refused:?}");
    });
}

#[test]
fn the_operator_may_serve_a_port_but_no_socket() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    desk.tailscale(&["set", "--operator=other"]).unwrap();
    let (mount, name) = (mount(&desk), desk.dns_name());
    ask_as(&desk, Who::Other, async move |api| {
        let refused = api.serve(&mount).await;
        assert!(matches!(refused, Err(TailnetError::NeedsAdmin { .. })), "{refused:?}");
        let (_, etag) = api.serve_config().await.unwrap();
        let port = format!(
            "{{\"TCP\":{{\"4663\":{{\"HTTP\":true}}}},\"Web\":{{\"{name}:4663\":{{\"Handlers\":{{\"/\":{{\"Proxy\":\"http://127.0.0.1:1\"}}}}}}}}}}"
        );
        api.set_serve_config(&ServeConfig::parse(port.as_bytes()).unwrap(), &etag).await.unwrap();
    });
}

#[test]
fn root_gets_the_certificate_that_serve_uses() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    let name = desk.dns_name();
    ask_as(&desk, Who::Root, async move |api| {
        let certificate = api.certificate(&name).await.unwrap();
        assert_eq!(certificate.chain.len(), 1);
    });
}
