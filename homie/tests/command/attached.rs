//! A session in a person's terminal, which is a tmux here.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::machine::{Machine, end};
use crate::program::PATIENCE;
use crate::terminal::{PROMPT, Terminal};

/// A shell whose prompt cannot be taken for the one outside, nor for this line.
const NEW: &str = "homie new --name build -- env PS1='inn''er> ' bash --norc --noprofile";

fn started(machine: &Machine) -> Terminal {
    let terminal = Terminal::new(machine);
    terminal.line(0, NEW);
    terminal.sees(0, "inner>");
    terminal
}

#[test]
fn a_person_starts_one_leaves_it_and_comes_back() {
    let machine = Machine::up();
    let terminal = started(&machine);
    terminal.line(0, "echo one-$((1 + 1))");
    terminal.sees(0, "one-2");
    terminal.key(0, "C-\\");
    terminal.sees(0, "[left build");
    terminal.line(0, "homie ls; echo code-$?");
    terminal.sees(0, "code-0");
    terminal.line(0, "clear; homie attach bu");
    let screen = terminal.sees(0, "one-2");
    assert!(screen.starts_with("inner>"), "{screen}");
    terminal.line(0, "exit 3");
    terminal.sees(0, "[build has ended with exit code 3]");
    terminal.line(0, "echo code-$?");
    terminal.sees(0, "code-3");
    assert_eq!(machine.session("build")["exit_code"], 3);
}

#[test]
fn two_terminals_resume_after_the_node_was_killed() {
    let machine = Machine::up();
    let terminal = started(&machine);
    let right = terminal.split();
    terminal.line(right, "homie attach build");
    terminal.sees(right, "inner>");
    terminal.line(right, "echo from-$((2 + 2))");
    terminal.sees(0, "from-4");

    machine.kill_node();
    terminal.learns(0, "#{pane_title}", "build: no answer from Homie, trying again");
    terminal.learns(right, "#{pane_title}", "build: no answer from Homie, trying again");
    machine.start();
    terminal.learns(0, "#{pane_title}", "build");
    terminal.learns(right, "#{pane_title}", "build");
    terminal.line(right, "echo again-$((3 + 3))");
    for pane in [0, right] {
        let screen = terminal.sees(pane, "again-6");
        assert_eq!(screen.matches("from-4").count(), 1, "{screen}");
    }
}

/// The one process that runs below a pane's shell. tmux has a child of its own go on at once when it is stopped.
fn child_of_pane(terminal: &Terminal) -> Pid {
    let shell = terminal.tells(0, "#{pane_pid}");
    let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
    Pid::from_raw(children.trim().parse().unwrap()).unwrap()
}

/// Longer than a ping may take, shorter than the silence of which nobody thinks anything.
const SLEEP: Duration = Duration::from_secs(6);

#[test]
fn whoever_slept_finds_out_at_once_that_nobody_answers() {
    let machine = Machine::up();
    let terminal = started(&machine);
    terminal.key(0, "C-\\");
    terminal.sees(0, "[left build");
    terminal.line(0, "exec sh -c 'homie attach build; true'");
    terminal.learns(0, "#{pane_title}", "build");
    let (attach, node) = (child_of_pane(&terminal), machine.node());
    kill_process(attach, Signal::STOP).unwrap();
    kill_process(node, Signal::STOP).unwrap();
    thread::sleep(SLEEP);
    let woken = Instant::now();
    kill_process(attach, Signal::CONT).unwrap();
    terminal.learns(0, "#{pane_title}", "build: no answer from Homie, trying again");
    assert!(woken.elapsed() < PATIENCE, "it believed the silence");
    kill_process(node, Signal::CONT).unwrap();
    terminal.learns(0, "#{pane_title}", "build");
    terminal.line(0, "echo awake-$((1 + 1))");
    terminal.sees(0, "awake-2");
}

#[test]
fn what_was_typed_while_the_link_was_away_is_asked_about() {
    let machine = Machine::up();
    let terminal = started(&machine);
    let right = terminal.split();
    terminal.line(right, "homie attach build");
    terminal.sees(right, "inner>");
    terminal.line(right, "echo from-$((2 + 2))");
    terminal.sees(0, "from-4");

    machine.kill_node();
    terminal.learns(0, "#{pane_title}", "build: no answer from Homie, trying again");
    terminal.line(0, "echo later-$((4 + 4))");
    machine.start();
    terminal.sees(0, "Send what did not arrive? y/n");
    // Whatever is shown meanwhile, the question stands.
    terminal.line(right, "seq 100; echo far-$((5 + 5))");
    terminal.sees(0, "far-10");
    terminal.sees(0, "Send what did not arrive? y/n");
    terminal.key(0, "x");
    terminal.key(0, "y");
    let screen = terminal.sees(right, "later-8");
    assert!(!screen.contains("xecho"), "{screen}");
    let screen = terminal.sees(0, "later-8");
    assert!(!screen.contains("y/n"), "{screen}");
}

#[test]
fn the_session_has_the_size_of_its_terminal() {
    let machine = Machine::up();
    let terminal = started(&machine);
    terminal.line(0, "trap 'echo size-$(stty size | tr \" \" x)' WINCH; echo size-$(stty size | tr ' ' x)");
    terminal.sees(0, "size-24x100");
    terminal.resize(90, 30);
    // A shell runs its traps when it has read a line.
    terminal.learns(0, "#{pane_width}", "90");
    terminal.line(0, "while [ \"$(stty size)\" != '30 90' ]; do read -t 0.1; done; echo now-$(stty size | tr ' ' x)");
    terminal.sees(0, "now-30x90");
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    let machine = Machine::up();
    machine.done(&["new", "--name", "build", "--", "sh", "-c", "echo shown; sleep 1000"]);
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let terminal = Terminal::new(&machine);
        terminal.line(0, "before=$(stty -g)");
        terminal.line(0, "homie attach build");
        terminal.sees(0, "shown");
        end(in_front(&terminal), signal);
        terminal.line(0, "echo code-$?; [ \"$before\" = \"$(stty -g)\" ] && echo same-$((1 + 1))");
        let screen = terminal.sees(0, "same-2");
        assert!(screen.contains(&format!("code-{code}")), "{screen}");
    }
}

/// The program that the pane's shell has started.
fn in_front(terminal: &Terminal) -> Pid {
    let shell = terminal.tells(0, "#{pane_pid}");
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
    Pid::from_raw(children.split_whitespace().next().unwrap().parse().unwrap()).unwrap()
}

#[test]
fn what_a_program_switched_on_is_off_after_leaving() {
    let machine = Machine::up();
    let terminal = started(&machine);
    terminal.line(0, "printf '\\033[?1049h\\033[?25l\\033[?1002;1006h\\033[?1h\\033]2;editing\\007full-%s' $((5 + 5))");
    terminal.sees(0, "full-10");
    let modes = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_cursor_flag}";
    assert_eq!(terminal.tells(0, modes), "1 0 1 1");
    terminal.learns(0, "#{pane_title}", "editing");
    terminal.key(0, "C-\\");
    terminal.sees(0, "[left build");
    assert_eq!(terminal.tells(0, modes), "0 1 0 0");
}

/// Asks for the background, and shows the answer.
const BACKGROUND: &str =
    "stty -echo; printf '\\033]11;?\\007'; IFS= read -r -s -d \\\\ answer; stty echo; echo ${answer:2}";

#[test]
fn programs_are_told_the_colours_of_the_terminal_that_shows_them() {
    let machine = Machine::up();
    let terminal = Terminal::new(&machine);
    terminal.tmux(&["set", "-g", "window-style", "fg=#112233,bg=#445566"]);
    terminal.line(0, NEW);
    terminal.sees(0, "inner>");
    terminal.line(0, BACKGROUND);
    terminal.sees(0, "11;rgb:4444/5555/6666");
}

#[test]
fn a_question_is_answered_once_whoever_looks() {
    let machine = Machine::up();
    let terminal = started(&machine);
    let right = terminal.split();
    terminal.line(right, "homie attach build");
    terminal.sees(right, "inner>");
    terminal.line(0, "printf '\\033[5n'; read -s -n 4 first; read -s -t 1 -n 1 more; echo \"then-[$more]\"");
    terminal.sees(0, "then-[]");
}

#[test]
fn a_session_is_not_shown_within_itself() {
    let machine = Machine::up();
    let terminal = started(&machine);
    terminal.line(0, "homie attach build; echo code-$?");
    let screen = terminal.sees(0, "code-4");
    assert!(screen.contains("is the session build itself"), "{screen}");
    terminal.line(0, "clear; homie new --name inside -- sh -c 'echo within; read line'");
    terminal.sees(0, "within");
    terminal.key(0, "C-\\");
    let screen = terminal.sees(0, PROMPT);
    assert!(screen.contains("[left build"), "the outer one is left: {screen}");
}

#[test]
fn the_key_that_leaves_can_be_another() {
    let machine = Machine::up();
    std::fs::write(machine.home().path().join("config.toml"), "detach-key = \"C-q\"\n").unwrap();
    let terminal = started(&machine);
    terminal.key(0, "C-q");
    terminal.sees(0, "[left build");
    terminal.line(0, "clear; homie attach build --detach-key F12");
    terminal.sees(0, "inner>");
    terminal.key(0, "F12");
    terminal.sees(0, "[left build");
}

#[test]
fn the_end_of_a_session_elsewhere_is_told() {
    let machine = Machine::up();
    let terminal = started(&machine);
    machine.done(&["kill", "build"]);
    terminal.sees(0, "[build was ended by signal 1]");
    terminal.line(0, "echo code-$?");
    terminal.sees(0, "code-129");
}

#[test]
fn a_list_is_coloured_on_a_terminal_unless_somebody_minds() {
    let machine = Machine::up();
    let terminal = Terminal::new(&machine);
    machine.done(&["new", "--name", "build", "--", "sleep", "1000"]);
    terminal.line(0, "echo coloured-$(script -qec 'homie ls' /dev/null | grep -c $'\\033')");
    terminal.sees(0, "coloured-2");
    terminal.line(0, "echo coloured-$(NO_COLOR=1 script -qec 'homie ls' /dev/null | grep -c $'\\033')");
    terminal.sees(0, "coloured-0");
}
