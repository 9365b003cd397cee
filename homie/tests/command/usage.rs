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
    for command in ["up", "node", "gateway", "pair"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} in {help}");
        let own = stdout(&home.run(&[command, "--help"]));
        assert!(own.contains(&format!("Example:\n  homie {command}")), "{own}");
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
    ] {
        let output = home.run(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(!stderr(&output).is_empty(), "{wrong:?}");
    }
    assert!(!home.path().exists(), "wrong use leaves no state behind");
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
        let output = home.run_with_input(&["hold"], wrong);
        assert_eq!(output.status.code(), Some(1), "{wrong:?}");
        assert!(stdout(&output).starts_with("error: "), "{wrong:?}: {}", stdout(&output));
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
