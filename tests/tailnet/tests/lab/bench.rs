//! What the bench measures from one host to another (`scripts/bench --lab`), each once.

use std::collections::BTreeMap;
use std::process::Command;

use homie_tailnet_lab::lab::Lab;
use serde_json::Value;

const EVERY: &[&str] = &["tcp+tailnet", "ssh+tailnet", "homie+serve", "homie+direct"];

#[test]
fn every_way_to_another_host_is_measured() {
    let lab = Lab::open().unwrap();
    let place = lab.desk().lab().to_path_buf();
    let json = place.join("figures.json");
    let run = Command::new(place.join("programs/homie-bench"))
        .args([
            "--reps",
            "1",
            "--keys",
            "5",
            "--flood",
            "1",
            "--rows",
            "first_screen,echo_idle,key_link,ctrlc_link,flow_link,revoke",
        ])
        .args(["--subjects", &EVERY.join(","), "--json"])
        .arg(&json)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let entries: Vec<Value> = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let mut rows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in &entries {
        assert!(entry["median"].as_f64().unwrap() > 0.0, "{entry}");
        rows.entry(entry["row"].as_str().unwrap()).or_default().push(entry["subject"].as_str().unwrap());
    }
    let expected = [
        ("ctrlc_link", EVERY.get(1..).unwrap().to_vec()),
        ("echo_idle", EVERY.to_vec()),
        ("first_screen", EVERY.to_vec()),
        ("flow_link", EVERY.to_vec()),
        ("key_link", EVERY.to_vec()),
        ("revoke", EVERY.get(2..).unwrap().to_vec()),
    ];
    assert_eq!(rows, BTreeMap::from(expected));
    let left = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.starts_with("homie-bench-")).count(), 0, "its folder has gone");
}
