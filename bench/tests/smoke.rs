//! A short run of the bench itself: it does all that it says, and what it writes is what programs are promised.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const SUBJECTS: [&str; 6] = ["raw", "tcp", "ws", "homie", "homie+gateway", "tmux"];

#[test]
fn a_short_run_writes_a_row_for_each_subject_that_has_it() {
    build_homie();
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    let run = Command::new(env!("CARGO_BIN_EXE_homie-bench"))
        .args(["--reps", "1", "--keys", "20", "--rows", "echo_idle,attach_10k", "--subjects", &SUBJECTS.join(",")])
        .arg("--json")
        .arg(&json)
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let entries: Vec<Value> = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let of = |row: &str| -> Vec<&str> {
        let entries = entries.iter().filter(|entry| entry["row"] == row);
        entries.map(|entry| entry["subject"].as_str().unwrap()).collect()
    };
    assert_eq!(of("echo_idle"), SUBJECTS);
    assert_eq!(of("attach_10k"), ["homie", "homie+gateway", "tmux"]);
    assert_eq!(entries.len(), 9);
    entries.iter().for_each(check);
    let table = String::from_utf8(run.stdout).unwrap();
    assert!(table.contains("echo_idle, p99 (µs)"), "{table}");
    std::fs::remove_file(json).unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// What is measured of a mesh, and of whom.
const OF_A_MESH: [(&str, &[&str]); 13] = [
    ("echo_flood", &["homie+gateway", "homie+mesh"]),
    ("ctrlc_fast", &["homie+gateway", "homie+mesh"]),
    ("first_screen", &["homie+gateway", "homie+mesh"]),
    ("key_link", &["homie+mesh", "tcp+cable"]),
    ("ctrlc_link", &["homie+mesh"]),
    ("flow_link", &["homie+mesh", "tcp+cable"]),
    ("ls_cold", &["homie+mesh", "tmux"]),
    ("attach_cold", &["homie+mesh", "tmux"]),
    ("failover", &["homie+mesh"]),
    ("gateway_mem", &["homie+gateway"]),
    ("mesh_full", &["gateway+150"]),
    ("mesh_cpu", &["gateway+150"]),
    ("mesh_mem", &["gateway+150"]),
];

#[test]
fn a_short_run_measures_everything_of_a_mesh() {
    let network = ["--map-root-user", "--net", "--", "ip", "link", "add", "x", "type", "veth", "peer", "name", "y"];
    if !Command::new("unshare").args(network).status().is_ok_and(|status| status.success()) {
        eprintln!("SKIP a_short_run_measures_everything_of_a_mesh: this system gives no network (unshare, ip, veth)");
        return;
    }
    build_homie();
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    let run = Command::new(env!("CARGO_BIN_EXE_homie-bench"))
        .args(["--mesh", "--reps", "1", "--flood", "1", "--keys", "5", "--clients", "3", "--machines", "5"])
        .args(["--rows", &OF_A_MESH.map(|(row, _)| row).join(",")])
        .args(["--subjects", "homie+gateway,homie+mesh,gateway+150,tcp+cable,tmux", "--json"])
        .arg(&json)
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    let entries: Vec<Value> = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    for (row, expected) in OF_A_MESH {
        let figures: Vec<&Value> = entries.iter().filter(|entry| entry["row"] == row).collect();
        let subjects: Vec<&str> = figures.iter().map(|entry| entry["subject"].as_str().unwrap()).collect();
        assert!(expected.iter().all(|subject| subjects.contains(subject)), "{row}: {subjects:?}");
        assert!(figures.iter().all(|entry| entry["median"].as_f64().unwrap() > 0.0), "{row}: {said}");
    }
    let table = String::from_utf8(run.stdout).unwrap();
    for part in ["key_link, 80 ms away (ms)", "flow_link, 125 KB/s (KB/s)", "× tcp+cable", "failover, slowest (ms)"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    std::fs::remove_file(json).unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_is_in_another_network_is_not_measured_without_one() {
    let words = ["--rows", "echo_idle", "--subjects", "homie+mesh"];
    let run = Command::new(env!("CARGO_BIN_EXE_homie-bench")).args(words).env_remove("HOMIE_TAILNET").output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(
        !run.status.success() && said.contains("homie+mesh is measured in a network of its own: scripts/bench --mesh"),
        "{said}"
    );
}

/// A shell that has no jobs lets what runs in the background ignore ^C.
#[test]
fn a_flood_is_interrupted_by_a_bench_in_the_background_too() {
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new("/bin/sh")
        .args(["-c", "trap '' INT; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_homie-bench")])
        .args(["--reps", "1", "--flood", "1", "--rows", "ctrlc_slow", "--subjects", "raw"])
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && !words.contains("not interrupted"), "{words}");
}

#[test]
fn a_row_that_does_not_exist_is_refused() {
    let run = Command::new(env!("CARGO_BIN_EXE_homie-bench")).args(["--rows", "echo"]).output().unwrap();
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("echo_idle"));
}

#[test]
fn whoever_is_on_another_host_is_not_measured_without_one() {
    let words = ["--rows", "echo_idle", "--subjects", "homie+serve"];
    let run = Command::new(env!("CARGO_BIN_EXE_homie-bench")).args(words).env_remove("HOMIE_TAILNET").output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(
        !run.status.success() && said.contains("homie+serve is measured over a tailnet: scripts/bench --lab"),
        "{said}"
    );
}

/// The fields that programs are promised, and no others.
fn check(entry: &Value) {
    let fields: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = ["row", "subject", "unit", "median", "min", "max", "reps", "ratio_to_raw"];
    expected.sort_unstable();
    let mut sorted = fields.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    let number = |field: &str| entry[field].as_f64().unwrap();
    assert!(0.0 < number("min") && number("min") <= number("median") && number("median") <= number("max"), "{entry}");
    assert_eq!(entry["reps"], 1);
    match entry["row"].as_str().unwrap() {
        "echo_idle" => assert!(entry["unit"] == "µs" && number("ratio_to_raw") > 0.0, "{entry}"),
        _ => assert!(entry["unit"] == "ms" && entry["ratio_to_raw"].is_null(), "{entry}"),
    }
}

/// The command lies beside the bench; alone, cargo builds only the bench. `scripts/test` has built both.
fn build_homie() {
    if std::env::var_os("HOMIE_BUILT").is_some() {
        return;
    }
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--locked", "-p", "homie"]).current_dir(repository());
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success());
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}
