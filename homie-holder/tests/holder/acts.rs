//! What a node asks for without a channel: signals, input, the end of everything, another name.

use homie_holder::{HoldSpec, Record};
use homie_protocol::code::Code;
use homie_protocol::holder::{AskInput, AskKill, AskRename, AskSignal, ToHolder};
use homie_protocol::methods::session::{ExitStatus, InputBytes, SessionSignal};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::node::{Node, claim};
use crate::process::{Holder, pid, program, read, spec};

fn signal(ask: u32, signal: SessionSignal) -> ToHolder {
    ToHolder::Signal(AskSignal { ask, signal })
}

fn input(ask: u32, bytes: &[u8]) -> ToHolder {
    ToHolder::Input(AskInput { ask, bytes: InputBytes::new(bytes.to_vec()).unwrap() })
}

fn ask(node: &mut Node, wish: &ToHolder, number: u32) -> Option<Code> {
    node.tell(wish);
    node.until(|node| node.done.contains_key(&number));
    node.done[&number].as_ref().map(|reason| reason.code)
}

#[test]
fn an_interrupt_arrives_though_nobody_reads_input() {
    let holder = Holder::shell("trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done");
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.until_shown(1, "ready");
    // More than the terminal's queue takes, so that a ^C typed now would wait behind it for ever.
    node.input(1, 0, &vec![b'x'; 32 * 1024]);
    assert_eq!(ask(&mut node, &signal(1, SessionSignal::Int), 1), None);
    node.until(|node| node.views[&1].exit().is_some());
    assert!(node.views[&1].shows("caught"));
    assert_eq!(node.views[&1].exit(), Some(ExitStatus { code: Some(5), signal: None }));
    assert_eq!(ask(&mut node, &signal(2, SessionSignal::Int), 2), Some(Code::Ended));
}

#[test]
fn every_signal_reaches_the_program() {
    let script = "for s in INT QUIT TSTP TERM HUP CONT USR1 USR2; do trap \"echo got-$s\" $s; done; \
                  echo ready; while :; do sleep 0.05; done";
    let holder = Holder::shell(script);
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until_shown(1, "ready");
    let signals = [
        (SessionSignal::Int, "got-INT"),
        (SessionSignal::Quit, "got-QUIT"),
        (SessionSignal::Term, "got-TERM"),
        (SessionSignal::Hup, "got-HUP"),
        (SessionSignal::Usr1, "got-USR1"),
        (SessionSignal::Usr2, "got-USR2"),
        (SessionSignal::Tstp, "got-TSTP"),
        (SessionSignal::Cont, "got-CONT"),
    ];
    for (number, (which, shown)) in (1..).zip(signals) {
        assert_eq!(ask(&mut node, &signal(number, which), number), None);
        node.until_shown(1, shown);
        if which == SessionSignal::Tstp {
            // The sleep that stood in the foreground beside the shell has stopped.
            assert_eq!(ask(&mut node, &signal(100, SessionSignal::Cont), 100), None);
        }
    }
    assert_eq!(ask(&mut node, &signal(9, SessionSignal::Kill), 9), None);
    node.until(|node| node.views[&1].exit().is_some());
    assert_eq!(node.views[&1].exit(), Some(ExitStatus { code: None, signal: Some(9) }));
}

#[test]
fn input_is_answered_when_the_terminal_has_taken_it() {
    let holder = Holder::shell("stty raw -echo; printf ready; sleep 1000 & wait $!; cat");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until_shown(1, "ready");
    node.tell(&input(1, &vec![b'a'; 64 * 1024]));
    node.tell(&input(2, b"z"));
    // Whoever asks is heard meanwhile, and the two wait.
    node.tell(&ToHolder::Rename(AskRename { ask: 3, name: "busy".to_owned() }));
    node.until(|node| node.done.contains_key(&3));
    assert_eq!(node.done.len(), 1);
    assert_eq!(ask(&mut node, &signal(4, SessionSignal::Kill), 4), None);
    node.until(|node| node.done.len() == 4);
    let refused = |ask| node.done[&ask].as_ref().map(|reason| reason.code);
    assert_eq!((refused(1), refused(2)), (Some(Code::Ended), Some(Code::Ended)));
}

#[test]
fn each_input_is_a_writer_of_its_own() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.input(1, 0, b"one");
    node.until(|node| node.views[&1].applied() == 3);
    for number in 1..=300 {
        assert_eq!(ask(&mut node, &input(number, b"."), number), None);
    }
    node.until_shown(1, &format!("one{}", ".".repeat(300)));
    // The writer is not forgotten for all of them, and learns that somebody else has typed.
    let again = node.open(3, None, Some(claim(1, 3)));
    let state = again.opened.input.unwrap();
    assert_eq!((state.applied.get(), state.contested), (3, true));
}

#[test]
fn killing_leaves_nothing_of_the_tree() {
    let script = "trap '' HUP TERM; setsid sh -c 'echo one; exec sleep 1001' & \
                  (setsid sh -c 'echo two; sleep 1002; :' &); (sh -c 'echo three; exec sleep 1003' &); \
                  while :; do sleep 0.05; done";
    let (holder, marked) = Marked::shell(script);
    let mut node = holder.link(1);
    node.watch(1, None);
    for shown in ["one", "two", "three"] {
        node.until_shown(1, shown);
    }
    assert!(marked.processes().len() >= 4, "{:?}", marked.processes());
    node.tell(&ToHolder::Kill(AskKill { ask: 1 }));
    assert_eq!(ask(&mut node, &ToHolder::Kill(AskKill { ask: 2 }), 2), None);
    assert_eq!(node.done[&1], None);
    assert_eq!(node.changed.last().unwrap().exit, Some(ExitStatus { code: None, signal: Some(9) }));
    assert_eq!(marked.processes(), []);
    assert!(holder.exit_record().is_some());
    // It is still there to be looked at.
    node.watch(3, None);
    node.until(|node| node.views[&3].exit().is_some());
}

#[test]
fn killing_ends_what_an_ended_program_left_behind() {
    let (holder, marked) = Marked::shell("trap '' HUP; setsid sleep 1001 >/dev/null 2>&1 & echo left; exit 3");
    let mut node = holder.link(1);
    node.watch(1, None);
    node.until(|node| node.views[&1].exit().is_some());
    assert_eq!(marked.processes().len(), 1);
    assert_eq!(ask(&mut node, &ToHolder::Kill(AskKill { ask: 1 }), 1), None);
    assert_eq!(marked.processes(), []);
    assert_eq!(holder.exit_record().unwrap().status, ExitStatus { code: Some(3), signal: None });
}

#[test]
fn killing_spares_a_session_that_was_started_in_it() {
    let home = TempDir::new().unwrap();
    let mut inner = spec(home.path(), &["cat"]);
    inner.folder = home.path().join("inner");
    std::fs::write(home.path().join("spec"), serde_json::to_vec(&inner).unwrap()).unwrap();
    let (program, request) = (program().display().to_string(), home.path().join("spec").display().to_string());
    let outer = Holder::shell(&format!("trap '' HUP; {program} <{request} & wait"));
    let mut node = outer.link(1);
    node.watch(1, None);
    node.until_shown(1, "ready");
    let spared = Spared::of(&read(&inner.folder.join("spec.json")).unwrap());
    assert_eq!(ask(&mut node, &ToHolder::Kill(AskKill { ask: 1 }), 1), None);

    let mut node = Node::greet(&inner.folder.join("sock"), 1);
    node.write(1, 1, 0);
    node.input(1, 0, b"alive\r");
    node.until_shown(1, "alive");
    drop(spared);
}

/// A holder that is nobody's child any more, and its program. The end of the test ends both.
struct Spared([Option<Pid>; 2]);

impl Spared {
    fn of(record: &Record) -> Self {
        Self([record.pid, record.holder].map(pid))
    }
}

impl Drop for Spared {
    fn drop(&mut self) {
        for pid in self.0.into_iter().flatten() {
            let _ended = kill_process(pid, Signal::KILL);
        }
    }
}

#[test]
fn a_name_is_written_down() {
    let holder = Holder::mirror();
    let mut node = holder.link(1);
    let before = holder.record();
    assert_eq!(ask(&mut node, &ToHolder::Rename(AskRename { ask: 1, name: "desk".to_owned() }), 1), None);
    assert_eq!(holder.record(), Record { name: "desk".to_owned(), ..before });
}

#[test]
fn answers_go_to_the_link_that_asked() {
    let holder = Holder::shell("stty raw -echo; printf ready; sleep 1000; cat");
    let mut first = holder.link(1);
    first.watch(1, None);
    first.until_shown(1, "ready");
    first.tell(&input(1, &vec![b'a'; 64 * 1024]));
    let mut second = holder.link(2);
    assert_eq!(ask(&mut second, &ToHolder::Kill(AskKill { ask: 7 }), 7), None);
    assert_eq!(second.done.len(), 1);
}

#[test]
fn processes_are_named_in_the_welcome() {
    let holder = Holder::mirror();
    let welcome = holder.link(1).welcome.unwrap();
    let record = holder.record();
    assert_eq!((welcome.pid, welcome.holder_pid), (record.pid, record.holder));
    assert_eq!(i32::try_from(welcome.holder_pid).unwrap(), holder.pid().as_raw_pid());
}

/// The processes of one test, told by their environment. The end of the test ends them.
struct Marked(String);

impl Marked {
    fn shell(script: &str) -> (Holder, Self) {
        let mut mark = String::new();
        let change = |spec: &mut HoldSpec| {
            mark = spec.folder.display().to_string();
            drop(spec.env.insert("MARK".to_owned(), mark.clone()));
        };
        let holder = Holder::start(change, &["sh", "-c", script]);
        (holder, Self(format!("MARK={mark}")))
    }

    fn processes(&self) -> Vec<Pid> {
        let all = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().file_name());
        let pids = all.filter_map(|name| name.to_str()?.parse().ok().and_then(Pid::from_raw));
        pids.filter(|pid| self.is_in(*pid)).collect()
    }

    fn is_in(&self, process: Pid) -> bool {
        let environment = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == self.0.as_bytes())
    }
}

impl Drop for Marked {
    fn drop(&mut self) {
        for process in self.processes() {
            let _ended = kill_process(process, Signal::KILL);
        }
    }
}
