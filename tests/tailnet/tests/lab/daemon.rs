//! tailscaled is killed and comes back: what was served and who is who are there again, and nobody had to be told.

use std::net::SocketAddr;

use homie_tailnet::{Heard, LocalApi, TailnetError, Watch};
use homie_tailnet_lab::host::Tun;
use homie_tailnet_lab::lab::Lab;
use tokio::time::timeout;

use crate::after::{PATIENCE, after_changes};
use crate::serve::{Served, ask};

async fn hear(watch: &mut Watch, what: &str, is_it: impl Fn(&Heard) -> bool) {
    let hearing = async { while !is_it(&watch.next().await) {} };
    timeout(PATIENCE, hearing).await.unwrap_or_else(|_| panic!("did not hear that it was {what}"));
}

#[tokio::test]
async fn tailscaled_is_killed_and_everything_is_there_again() {
    let lab = Lab::open().unwrap();
    let studio = lab.studio();
    let served = Served::on(lab.desk()).await;
    let desk = &served.host;
    let api = LocalApi::new(desk.socket());
    let mut watch = api.watch();
    hear(&mut watch, "open", |heard| matches!(heard, Heard::Opened)).await;

    desk.stop_tailscaled("KILL").unwrap();
    hear(&mut watch, "lost", |heard| matches!(heard, Heard::Lost(_))).await;
    let refused = api.status().await;
    assert!(matches!(refused, Err(TailnetError::NotRunning { .. })), "{refused:?}");
    assert!(desk.socket().exists(), "its socket stays, and nobody listens");

    desk.start_tailscaled(Tun::Kernel).unwrap();
    hear(&mut watch, "open again", |heard| matches!(heard, Heard::Opened)).await;
    let caller = SocketAddr::new(studio.v4().unwrap(), 0);
    let known = async || api.whois(caller, None).await.ok();
    let told = after_changes(&api, "bob's machine", known).await;
    assert_eq!(told.user.login_name, "bob@example.com");
    lab.meet(desk, &studio).unwrap();
    for url in served.urls() {
        assert_eq!(ask(&studio, &url, &[]).header("tailscale-user-login"), ["bob@example.com"]);
    }
}
