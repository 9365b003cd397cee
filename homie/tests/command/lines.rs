//! Much that is typed at once, and lines that a terminal cuts.

use std::fs;

use tempfile::TempDir;

use crate::machine::Machine;
use crate::pipe::Pipe;
use crate::terminal::Terminal;

/// Ten megabytes of numbered lines.
fn much() -> String {
    (0..10 * 1024 * 1024 / 16).map(|number| format!("{number:015}\n")).collect::<Vec<_>>().concat()
}

#[test]
fn ten_megabytes_arrive_as_they_were_sent() {
    let (machine, pipe) = (Machine::up(), Pipe::new());
    let text = much();
    let count = format!("stty raw -echo; echo ready; head -c {} | sha256sum > {}", text.len(), pipe.path().display());
    machine.done(&["new", "--name", "build", "--", "sh", "-c", &count]);
    while !machine.done(&["capture", "build"]).contains("ready") {}
    let sent = machine.home().run_with_input(&["send", "build", "--stdin"], &text);
    assert_eq!(sent.status.code(), Some(0), "{}", String::from_utf8_lossy(&sent.stderr));
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("much"), &text).unwrap();
    let sum = std::process::Command::new("sha256sum").arg(folder.path().join("much")).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    assert_eq!(pipe.line().split(' ').next(), sum.split(' ').next());
}

#[test]
fn a_paste_of_ten_megabytes_arrives_whole_while_the_terminal_can_be_left() {
    let (machine, pipe, folder) = (Machine::up(), Pipe::new(), TempDir::new().unwrap());
    let text = much();
    let file = folder.path().join("much");
    fs::write(&file, &text).unwrap();
    let terminal = Terminal::new(&machine);
    let count = format!("stty raw -echo; echo ready; head -c {} | sha256sum > {}", text.len(), pipe.path().display());
    let script = folder.path().join("count");
    fs::write(&script, count).unwrap();
    terminal.line(0, &format!("homie new --name build -- sh {}", script.display()));
    terminal.sees(0, "ready");
    terminal.paste(0, &file);
    let sum = std::process::Command::new("sha256sum").arg(&file).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    assert_eq!(pipe.line().split(' ').next(), sum.split(' ').next());
    terminal.sees(0, "[build has ended]");
}

#[test]
fn a_line_that_the_terminal_cuts_is_told() {
    let machine = Machine::up();
    machine.done(&["new", "--name", "build", "--", "sh", "-c", "stty -echo; echo ready; cat > /dev/null"]);
    while !machine.done(&["capture", "build"]).contains("ready") {}
    let long = "x".repeat(6000);
    let (code, words) = machine.refused(&["send", "build", &long, "--enter"]);
    assert_eq!((code, words.contains("at most 4095 bytes")), (1, true), "{words}");
    machine.done(&["send", "build", &"x".repeat(4000), "--enter"]);

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("long");
    fs::write(&file, &long).unwrap();
    let terminal = Terminal::new(&machine);
    terminal.line(0, "homie attach build");
    terminal.learns(0, "#{pane_title}", "build");
    terminal.paste(0, &file);
    let told = "build reads lines of at most 4095 bytes now: the rest of a longer one was cut";
    terminal.learns(0, "#{pane_title}", told);
}

#[test]
fn a_long_line_for_a_program_that_reads_keys_is_not_cut() {
    let (machine, pipe) = (Machine::up(), Pipe::new());
    let script = format!("stty raw -echo; echo ready; head -c 6000 | wc -c > {}", pipe.path().display());
    machine.done(&["new", "--name", "build", "--", "sh", "-c", &script]);
    while !machine.done(&["capture", "build"]).contains("ready") {}
    machine.done(&["send", "build", &"x".repeat(6000)]);
    assert_eq!(pipe.line(), "6000");
}
