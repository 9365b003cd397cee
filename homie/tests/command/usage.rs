//! What is asked wrongly is answered with words and an exit code.

use std::process::Output;

use crate::program::Home;

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn it_says_its_version() {
    let output = Home::new().run(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output), format!("homie {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_names_the_commands_and_shows_examples() {
    let home = Home::new();
    let help = stdout(&home.run(&["--help"]));
    for command in [
        "new", "ls", "attach", "watch", "send", "capture", "search", "rerun", "record", "replay", "kill", "rename",
        "up", "down", "status", "logs", "config", "pair",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} in {help}");
        let own = stdout(&home.run(&[command, "--help"]));
        let (_, examples) = own.split_once("\nExample").unwrap_or_default();
        assert!(examples.contains(&format!("\n  homie {command}")), "{own}");
    }
    assert!(!help.contains("\n  hold "), "{help}");
}

#[test]
fn wrong_use_is_2() {
    let home = Home::new();
    for wrong in [
        &[][..],
        &["nothing"],
        &["pair"],
        &["up", "--port", "65536"],
        &["up", "--port"],
        &["up", "--name", ""],
        &["node", "--port", "0"],
        &["attach"],
        &["attach", "build"],
        &["attach", "build", "--detach-key", "a"],
        &["new", "bash"],
        &["new", "--name", ""],
        &["new", "--size", "0x0"],
        &["new", "--size", "80"],
        &["send", "build"],
        &["send", "build", "--key", "Entre"],
        &["rename", "build"],
        &["kill"],
        &["watch", "build"],
        &["capture"],
        &["search"],
        &["search", "build", "text", "--limit", "0"],
        &["rerun"],
        &["record"],
        &["record", "--stop"],
        &["record", "build", "--list"],
        &["record", "--export", "build", "--json"],
        &["replay"],
        &["replay", "build.cast", "--speed", "0"],
        &["replay", "build.cast", "--idle-limit", "-1"],
        &["ls", "--preview", "--json"],
        &["down", "--yes"],
        &["completions", "csh"],
    ] {
        let output = home.run(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(!stderr(&output).is_empty(), "{wrong:?}");
    }
    assert!(!home.path().exists(), "wrong use leaves no state behind");
}

#[test]
fn a_name_that_is_no_text_is_2() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let home = Home::new();
    for arguments in
        [&[&b"new"[..], b"--name", b"\xff\xfe"][..], &[b"capture", b"\xff"], &[b"new", b"--name", b"a\x1bb"]]
    {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_homie"));
        command.args(arguments.iter().map(|argument| OsStr::from_bytes(argument)));
        let output = home.prepared(&mut command).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty() && stdout(&output).is_empty(), "{arguments:?}");
    }
}

#[test]
fn without_a_node_it_is_5_and_says_how_to_start_one() {
    let home = Home::new();
    for command in [
        &["new"][..],
        &["ls"],
        &["ls", "--json"],
        &["send", "build", "text"],
        &["kill", "build"],
        &["rename", "build", "make"],
        &["capture", "build"],
        &["search", "text"],
        &["rerun", "build"],
        &["record", "build"],
        &["record", "--list", "--json"],
        &["status"],
        &["status", "--json"],
        &["down"],
    ] {
        let output = home.run(command);
        assert_eq!(output.status.code(), Some(5), "{command:?}");
        assert_eq!(stderr(&output), "homie: no node runs here; start one with `homie up --detach`\n", "{command:?}");
        assert!(stdout(&output).is_empty(), "{command:?}");
    }
    assert!(!home.path().exists(), "asking leaves no state behind");
}

#[test]
fn the_settings_are_told_and_hold() {
    let home = Home::new();
    let told = stdout(&home.run(&["config"]));
    assert!(told.contains("# port = 4663\n") && told.contains("# detach-key = \"C-\\\\\"\n"), "{told}");

    std::fs::create_dir_all(home.path()).unwrap();
    std::fs::write(home.path().join("config.toml"), "port = 0\nname = \"shed\"\n").unwrap();
    let told: serde_json::Value = serde_json::from_slice(&home.run(&["config", "--json"]).stdout).unwrap();
    assert_eq!(told["settings"]["port"]["value"], 0);
    assert_eq!(told["settings"]["name"]["set"], true);
    assert_eq!(told["settings"]["detach-key"]["set"], false);

    std::fs::write(home.path().join("config.toml"), "prot = 0\n").unwrap();
    for command in ["config", "gateway", "up", "node"] {
        let output = home.run(&[command]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(stderr(&output).contains("prot"), "{command}: {}", stderr(&output));
    }
}

#[test]
fn a_link_without_a_gateway_is_5() {
    let output = Home::new().run(&["pair", "--here"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(stderr(&output).contains("homie up"), "{}", stderr(&output));
    assert!(stdout(&output).is_empty());
}

#[test]
fn a_holder_says_why_it_does_not_start() {
    let home = Home::new();
    for wrong in ["", "\n", "not json\n", "{}\n", "{\"session\": 1}\n"] {
        let small = home.small_with_input(wrong);
        for output in [home.run_with_input(&["hold"], wrong), small] {
            assert_eq!(output.status.code(), Some(1), "{wrong:?}");
            assert!(stdout(&output).starts_with("error: "), "{wrong:?}: {}", stdout(&output));
        }
    }
}

#[test]
fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let home = Home::new();
    for command in ["up", "gateway"] {
        let output = home.run(&[command, "--port", &port]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        let words = stderr(&output);
        assert!(words.contains(&port) && words.contains("--port"), "{command}: {words}");
    }
}

#[test]
fn a_home_that_cannot_be_one_is_refused() {
    let long = format!("/tmp/{}", "x".repeat(100));
    for home in ["relative/home", &long] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_homie"));
        let output = command.args(["gateway", "--port", "0"]).env("HOMIE_HOME", home).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{home}");
        assert!(stderr(&output).contains("HOMIE_HOME"), "{home}: {}", stderr(&output));
    }
}
