//! A machine whose page nobody else can open is opened through an ssh tunnel, as the guide says, without another setting.

use homie_tailnet_lab::homie::{Homie, PORT};
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::tunnel::Tunnel;

use crate::browser::plays;

#[test]
fn a_browser_behind_an_ssh_tunnel_is_a_browser_of_the_machine_it_leads_to() {
    let lab = Lab::open().unwrap();
    let mut desk = Homie::new(lab.desk(), "").unwrap();
    desk.start().unwrap();
    let _tunnel = Tunnel::open(&lab.laptop(), desk.host(), PORT).unwrap();
    plays(&lab, &desk, "tunnel.lab.ts");
}
