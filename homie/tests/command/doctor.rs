//! `homie doctor` on a machine with real files, real processes and a fake tailscaled: what is wrong is found, what is safe is
//! mended, and nothing else is touched.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use homie_tailnet::BackendState;
use homie_tailnet::fake::{Certificates, Rights};
use serde_json::{Value, json};

use crate::desk::{Desk, PORT, ids};
use crate::machine::{finish, process};
use crate::program::Home;

/// A machine of an ordinary user, whose owner is named; nothing runs.
fn desk() -> Desk {
    let desk = Desk::new(Home::of_an_ordinary_user());
    desk.settings("owner = 'alice@example.com'\nport = 0\n");
    desk
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn on_a_machine_that_is_well_nothing_is_found_with_or_without_a_node() {
    let desk = desk();
    assert_eq!(desk.found(), [""; 0]);
    let up = desk.up(&[]);
    assert!(up.said.iter().any(|line| line.starts_with("On the tailnet: https://gw.tail.test:")), "{:?}", up.said);
    assert!(desk.run(&["new", "--detach", "--name", "build", "--", "cat"]).status.success());
    let (code, told) = desk.doctor(&[]);
    assert_eq!((code, &told["findings"], &told["mended"]), (0, &json!([]), &json!([])), "{told:#}");
    assert_eq!(told["looked_at"].as_array().unwrap().len(), 6);
    let words = String::from_utf8(desk.run(&["doctor"]).stdout).unwrap();
    assert!(words.starts_with("Nothing is wrong. Looked at:\n  gateway    runs at http://localhost:"), "{words}");
    assert!(words.contains("machine.key is a file of mode 600"), "{words}");
    let told: Value = serde_json::from_slice(&desk.run(&["ls", "--json"]).stdout).unwrap();
    let holder = process(&told[0]["holder_pid"]);
    assert!(desk.run(&["kill", "build"]).status.success());
    // It keeps what was to be seen for whoever comes, and here nobody does.
    finish(&holder);
}

#[test]
fn looking_makes_nothing() {
    let desk = desk();
    fs::remove_dir_all(desk.home.path()).unwrap();
    desk.doctor(&["--fix"]);
    assert!(!desk.home.path().exists());
}

#[test]
fn each_fault_of_the_tailnet_is_found() {
    let mut desk = desk();
    desk.fake.set_version("1.80.3-tabc");
    assert_eq!(desk.found(), ["tailscale-old"]);
    desk.fake.set_version("1.102.3");
    desk.fake.set_state(&BackendState::NeedsLogin);
    assert_eq!(desk.found(), ["logged-out"]);
    desk.fake.set_state(&BackendState::Running);
    desk.fake.set_tun(false);
    assert_eq!(desk.found(), ["userspace"]);
    desk.fake.set_tun(true);
    desk.settings("owner = 'alice@example.com'\nport = 0\ntrust-tailnet = true\n");
    assert_eq!(desk.found(), ["trust-tailnet"]);
    desk.settings("port = 0\n");
    assert_eq!(desk.found(), ["no-owner"]);
    desk.settings("owner = 'alice@example.com'\nport = 0\n");
    desk.fake.set_certificates(Certificates::Off);
    assert_eq!(desk.found(), ["https-off"]);
    let Desk { runtime, fake, .. } = &mut desk;
    runtime.block_on(fake.stop());
    assert_eq!(desk.found(), ["tailscaled-absent"]);
}

#[test]
fn what_others_have_on_our_port_is_found_and_stays_also_with_fix() {
    let desk = desk();
    let site = format!("gw.tail.test:{PORT}");
    let ours = json!({ "Proxy": format!("unix:{}", desk.home.path().join("serve.sock").display()) });
    let web = |handlers: Value| json!({ "TCP": { PORT.to_string(): { "HTTPS": true } }, "Web": { &site: { "Handlers": handlers } } });
    let mut funnel = web(json!({ "/": ours }));
    funnel["AllowFunnel"] = json!({ &site: true });
    let all = (PORT..PORT + 10).map(|port| (port.to_string(), json!({ "TCPForward": "127.0.0.1:22" })));
    let taken = json!({ "TCP": all.collect::<Value>() });
    let foreign = web(json!({ "/": ours, "/x": { "Path": "/srv" } }));
    for (config, id) in [(funnel, "funnel"), (foreign, "foreign-mount"), (taken, "port-taken")] {
        desk.fake.set_serve_config(config.clone());
        let (code, told) = desk.doctor(&["--fix"]);
        assert_eq!((code, ids(&told, "findings"), ids(&told, "mended")), (1, vec![id.to_owned()], vec![]), "{told:#}");
        assert!(told["findings"][0]["fix"].as_str().unwrap().starts_with("sudo tailscale "), "{told:#}");
        assert_eq!(desk.fake.serve_config(), config);
    }
}

#[test]
fn a_missing_right_is_found_without_a_write() {
    let desk = desk();
    if !desk.home.is_of_another_user() {
        eprintln!("SKIP: a tailscaled of another user needs root");
        return;
    }
    desk.fake.set_rights(Rights::Reader);
    assert_eq!(desk.found(), ["serve-rights"]);
    assert!(desk.fake.serve_config().is_null());
    // An operator has the certificate, and with it the door on the machine's own addresses.
    desk.fake.set_rights(Rights::Operator);
    assert_eq!(desk.found(), [""; 0]);
}

#[test]
fn files_that_others_may_read_are_mended_once_and_nothing_else_is_touched() {
    let desk = desk();
    drop(desk.up(&[]));
    let state = desk.home.path();
    let (key, links, outside) = (state.join("machine.key"), state.join("links"), desk.person().join("theirs"));
    fs::write(&outside, "x").unwrap();
    set_mode(&outside, 0o644);
    symlink(&outside, state.join("link")).unwrap();
    set_mode(&key, 0o644);
    set_mode(&links, 0o755);
    let mut found = desk.found();
    found.sort();
    assert_eq!(found, ["open-file", "open-file"]);
    assert_eq!((mode(&key), mode(&links)), (0o644, 0o755), "without --fix nothing changes");

    let (code, told) = desk.doctor(&["--fix"]);
    assert_eq!((code, ids(&told, "mended").len(), ids(&told, "findings")), (0, 2, vec![]), "{told:#}");
    assert_eq!((mode(&key), mode(&links), mode(&outside)), (0o600, 0o700, 0o644));
    let (code, told) = desk.doctor(&["--fix"]);
    assert_eq!((code, ids(&told, "mended")), (0, vec![]), "{told:#}");
}

#[test]
fn the_whole_state_directory_and_the_settings_count() {
    let desk = desk();
    drop(desk.up(&[]));
    let (state, settings) = (desk.home.path(), desk.home.path().join("config.toml"));
    set_mode(&settings, 0o644);
    assert_eq!(desk.found(), [""; 0], "nobody comes as far as this file");
    set_mode(&state, 0o755);
    assert_eq!(desk.found(), ["open-file", "open-file"]);
    let words = String::from_utf8(desk.run(&["doctor", "--fix"]).stdout).unwrap();
    assert!(words.starts_with("Mended: Other users of this machine may use"), "{words}");
    assert_eq!((mode(&state), mode(&settings)), (0o700, 0o600));
}

#[test]
fn what_belongs_to_somebody_else_stays_theirs() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIP: a file of somebody else's needs root");
        return;
    }
    let desk = Desk::new(Home::new());
    desk.settings("owner = 'alice@example.com'\nport = 0\n");
    let up = desk.up(&[]);
    let theirs = desk.home.path().join("theirs");
    fs::write(&theirs, "x").unwrap();
    set_mode(&theirs, 0o644);
    chown(&theirs, Some(12_345), Some(12_345)).unwrap();
    let (code, told) = desk.doctor(&["--fix"]);
    assert_eq!(
        (code, ids(&told, "findings"), ids(&told, "mended")),
        (1, vec!["foreign-file".to_owned()], vec![]),
        "{told:#}"
    );
    let found = fs::metadata(&theirs).unwrap();
    assert_eq!((found.uid(), found.mode() & 0o7777), (12_345, 0o644));
    drop(up);
}

#[test]
fn a_service_that_would_end_with_the_login_is_made_to_stay() {
    let desk = desk();
    let (person, folder) = (desk.person(), desk.person().join(".config/systemd/user"));
    let here = person.display();
    desk.program("systemctl", &format!("case $2 in show-environment) echo HOME={here};; esac"));
    let linger = format!(
        "echo \"$*\" >>{here}/asked\ncase $2 in enable-linger) touch {here}/lingers;; *) test -e {here}/lingers && echo \
         Linger=yes || echo Linger=no;; esac"
    );
    desk.program("loginctl", &linger);
    assert_eq!(desk.found(), [""; 0], "no service, no lingering needed");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("homie.service"), "# Written by `homie service install`, which writes it again each time.\n")
        .unwrap();
    assert_eq!(desk.found(), ["lingering"]);
    assert!(!person.join("lingers").exists());

    let (code, told) = desk.doctor(&["--fix"]);
    assert_eq!((code, ids(&told, "mended")), (0, vec!["lingering".to_owned()]), "{told:#}");
    let uid = fs::metadata(&person).unwrap().uid();
    let asked = || fs::read_to_string(person.join("asked")).unwrap();
    assert!(asked().contains(&format!("--no-ask-password enable-linger {uid}\n")), "{}", asked());
    let before = asked().matches("enable-linger").count();
    assert_eq!(desk.doctor(&["--fix"]).0, 0);
    assert_eq!(asked().matches("enable-linger").count(), before);

    fs::remove_file(person.join("lingers")).unwrap();
    desk.program("loginctl", "case $2 in enable-linger) echo 'Access denied' >&2; exit 1;; *) echo Linger=no;; esac");
    let (code, told) = desk.doctor(&["--fix"]);
    assert_eq!((code, ids(&told, "findings")), (1, vec!["lingering".to_owned()]));
    assert!(told["unmended"][0].as_str().unwrap().contains("Access denied"), "{told:#}");
}

#[test]
fn each_fault_of_the_machine_is_found() {
    let desk = desk();
    drop(desk.up(&[]));
    desk.program("timedatectl", "echo no");
    assert_eq!(desk.found(), ["clock"]);
    desk.program("timedatectl", "exit 1");
    assert_eq!(desk.found(), [""; 0], "nobody knows");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    desk.settings(&format!("owner = 'alice@example.com'\nport = {port}\n"));
    assert_eq!(desk.found(), ["page-port"]);
    drop(taken);
    desk.settings("owner = 'alice@example.com'\nport = 0\nprot = 1\n");
    assert!(desk.found().contains(&"settings".to_owned()));
    desk.settings("owner = 'alice@example.com'\nport = 0\n");
    fs::write(desk.home.path().join("machine.key"), "x").unwrap();
    assert_eq!(desk.found(), ["key"]);
}
