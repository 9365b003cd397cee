//! What the gateway tells the node.

use homie_trust::{GatewayFile, HostOrigin};

use crate::machine::{chmod, state_dir};

#[test]
fn what_is_written_is_read_until_it_is_taken_back() {
    let (_folder, dir) = state_dir();
    assert_eq!(GatewayFile::read(&dir).expect("none yet"), None);
    let file = GatewayFile::loopback(7, ([127, 0, 0, 1], 4663).into());
    file.write(&dir).expect("written");
    assert_eq!(GatewayFile::read(&dir).expect("the file"), Some(file.clone()));
    let moved = GatewayFile::loopback(8, ([127, 0, 0, 1], 5000).into());
    moved.write(&dir).expect("written again");
    assert_eq!(GatewayFile::read(&dir).expect("the file"), Some(moved.clone()));
    let names = HostOrigin::from(&moved);
    assert!(names.host("localhost:5000").is_ok() && names.host("localhost:4663").is_err());
    GatewayFile::remove(&dir).expect("taken back");
    GatewayFile::remove(&dir).expect("and again");
    assert_eq!(GatewayFile::read(&dir).expect("none"), None);
}

#[test]
fn a_foreign_or_damaged_file_is_refused() {
    let (_folder, dir) = state_dir();
    let file = GatewayFile::loopback(7, ([127, 0, 0, 1], 4663).into());
    file.write(&dir).expect("written");
    let path = dir.path().join("gateway.json");
    let good = std::fs::read_to_string(&path).expect("the file");
    for damaged in ["", "[]", &good.replace("\"pid\"", "\"trust_all\": true, \"pid\"")] {
        std::fs::write(&path, damaged).expect("damage");
        assert!(GatewayFile::read(&dir).expect_err("damaged").to_string().contains("start the gateway again"));
    }
    std::fs::write(&path, &good).expect("whole again");
    chmod(&path, 0o666);
    assert!(GatewayFile::read(&dir).expect_err("open to others").to_string().contains("chmod 600"));
}
