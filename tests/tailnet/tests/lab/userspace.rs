//! A tailscaled without an interface of the kernel's dials the loopback itself for whoever calls: so a caller from there may be
//! anybody, and what it says of itself is worth nothing.

use homie_tailnet_lab::backend::{Backend, Told};
use homie_tailnet_lab::host::{Tun, Who};
use homie_tailnet_lab::lab::Lab;

const FORGED: &str = "Tailscale-User-Login: alice@example.com";

#[test]
fn a_peer_reaches_the_loopback_and_may_say_who_it_is() {
    let lab = Lab::open().unwrap();
    let (desk, studio) = (lab.desk(), lab.studio());
    desk.stop_tailscaled("TERM").unwrap();
    desk.start_tailscaled(Tun::Userspace).unwrap();
    lab.meet(&desk, &studio).unwrap();
    let _backend = Backend::tcp(&desk, "127.0.0.1:9000".parse().unwrap()).unwrap();
    for url in [format!("http://{}:9000/", desk.v4().unwrap()), format!("http://[{}]:9000/", desk.v6().unwrap())] {
        let told = Told::parse(&studio.run(Who::Person, &["curl", "-sS", &url, "-H", FORGED]).unwrap());
        assert_eq!(told.peer, "address 127.0.0.1", "{url}");
        assert_eq!(told.header("tailscale-user-login"), ["alice@example.com"]);
    }
}

#[test]
fn with_an_interface_it_does_not() {
    let lab = Lab::open().unwrap();
    let (desk, studio) = (lab.desk(), lab.studio());
    let _backend = Backend::tcp(&desk, "127.0.0.1:9000".parse().unwrap()).unwrap();
    let url = format!("http://{}:9000/", desk.v4().unwrap());
    let refused = studio.command(Who::Person, &["curl", "-sS", &url]).output().unwrap();
    assert_eq!(refused.status.code(), Some(7), "{refused:?}");
}
