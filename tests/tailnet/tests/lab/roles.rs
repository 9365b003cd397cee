//! Who may do what at a real Homie: what its circuit is told, and what it then may really do.

use homie_tailnet_lab::homie::{Homie, TRUSTING};
use homie_tailnet_lab::host::{Host, Who};
use homie_tailnet_lab::lab::Lab;
use homie_tailnet_lab::viewer::Viewer;

const SHELL: &[&str] = &["sh", "-c", "echo started; cat"];

/// The role that a circuit of this host's person is told, and whether it may start a session.
fn role(caller: &Host, address: &str) -> (String, Result<(), String>) {
    let (mut viewer, role) = Viewer::ready(caller, address).unwrap();
    (role, viewer.try_start(SHELL).unwrap())
}

fn refused(code: &str) -> Result<(), String> {
    Err(code.to_owned())
}

/// What the door answers to a request for the page: its status and its words.
pub(crate) fn page(caller: &Host, who: Who, address: &str, headers: &[&str]) -> (u16, String) {
    let options: Vec<&str> = headers.iter().flat_map(|header| ["-H", header]).collect();
    let words = [&["curl", "-sS", "-w", "\n%{http_code}", address], &options[..]].concat();
    let said = caller.run(who, &words).unwrap();
    let (text, status) = said.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), text.to_owned())
}

#[test]
fn people_have_the_role_that_the_policy_grants_them_and_machines_have_none() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), TRUSTING).unwrap();
    let address = desk.address().unwrap();
    assert_eq!(role(&lab.laptop(), &address), ("owner".to_owned(), Ok(())));
    assert_eq!(role(&lab.studio(), &address), ("viewer".to_owned(), refused("forbidden")));
    let (status, words) = page(&lab.builder(), Who::Person, &address, &[]);
    assert_eq!(status, 403);
    assert!(words.starts_with("tagged: ") && words.contains("allow = [\"tag:homie-node viewer\"]"), "{words}");
}

#[test]
fn a_tagged_machines_homie_heeds_the_policy_and_nobody_is_more_than_that() {
    let lab = Lab::open().unwrap();
    let builder = Homie::served(lab.builder(), TRUSTING).unwrap();
    let address = builder.address().unwrap();
    assert_eq!(role(&lab.laptop(), &address), ("operator".to_owned(), Ok(())));
    // Whom the policy hides from it cannot even call.
    let curl = ["curl", "-sS", "--max-time", "5", &address];
    assert!(!lab.studio().command(Who::Person, &curl).output().unwrap().status.success());
}

#[test]
fn without_a_device_key_nobody_is_more_than_a_viewer() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), "capability = 'example.com/cap/homie'\n").unwrap();
    assert_eq!(role(&lab.laptop(), &desk.address().unwrap()), ("viewer".to_owned(), refused("forbidden")));
}

#[test]
fn the_owner_and_whom_the_machine_names_come_in_without_any_capability() {
    let lab = Lab::open().unwrap();
    let settings = "owner = 'alice@example.com'\ntrust-tailnet = true\nallow = ['tag:homie-node operator']\n";
    let desk = Homie::served(lab.desk(), settings).unwrap();
    let address = desk.address().unwrap();
    assert_eq!(role(&lab.laptop(), &address), ("owner".to_owned(), Ok(())));
    assert_eq!(role(&lab.builder(), &address), ("operator".to_owned(), Ok(())));
    let (status, words) = page(&lab.studio(), Who::Person, &address, &[]);
    assert_eq!(status, 403);
    assert!(words.starts_with("no_role: bob@example.com"), "{words}");
}

#[test]
fn nobody_is_above_the_ceiling_of_the_machine() {
    let lab = Lab::open().unwrap();
    let desk = Homie::served(lab.desk(), &format!("{TRUSTING}ceiling = 'viewer'\n")).unwrap();
    assert_eq!(role(&lab.laptop(), &desk.address().unwrap()), ("viewer".to_owned(), refused("forbidden")));
}
