//! A machine that this one does not reach itself: it is reached through another one, and through a third when that is gone.

use std::thread;

use homie_tailnet::fake::{FakePeer, FakeTailscaled};
use rustix::process::Signal;

use crate::joining::{join, join_as};
use crate::machine::{Machine, end};
use crate::mesh::{WAITS, machine, until, until_at};
use crate::terminal::Terminal;
use crate::two::{ALICE, Two, inside};

/// Four machines of one mesh. `far` and `other` are reached from everywhere, but that `laptop` knows an address of `far` that
/// leads nowhere.
pub(crate) struct Four<'a> {
    two: &'a Two,
    pub(crate) far: Machine,
    other: Machine,
    _tailscaleds: [FakeTailscaled; 2],
}

/// All of them, up.
pub(crate) fn four(two: &Two) -> Four<'_> {
    let peer = |name: &str, number| FakePeer::user(ALICE, name, number);
    let (far, of_far) = two.another("far", 3);
    let (other, of_other) = two.another("other", 4);
    for (own, known) in [(1, &two.gw_tailscaled), (3, &of_far), (4, &of_other)] {
        let others =
            [("gw", 1), ("laptop", 2), ("far", 3), ("other", 4)].into_iter().filter(|(_, number)| *number != own);
        others.for_each(|(name, number)| known.set_peer(peer(name, number)));
    }
    two.laptop_tailscaled.set_peer(peer("other", 4));
    two.laptop_tailscaled.set_peer(peer("far", 9));
    join(two);
    join_as(two, &far, "far");
    join_as(two, &other, "other");
    for name in ["gw", "far", "other"] {
        until(&two.laptop, name, "up");
    }
    Four { two, far, other, _tailscaleds: [of_far, of_other] }
}

#[test]
fn typing_goes_on_through_another_machine_when_the_one_in_between_is_killed() {
    inside("around::typing_goes_on_through_another_machine_when_the_one_in_between_is_killed", |two| {
        let Four { two, far, other, .. } = &four(two);
        far.done(&[&["new", "--name", "build"], WAITS].concat());
        until_at(&two.laptop, "build", &["far"]);
        let listed = two.laptop.done(&["ls", "--verbose"]);
        assert!(listed.contains("far: through gw.tail.test:4663\n") && listed.contains("gw: direct\n"), "{listed}");
        assert!(two.laptop.done(&["nodes"]).contains("through gw.tail.test:4663"));
        assert_eq!(machine(&two.laptop, "far")["through"], "gw.tail.test:4663");
        let terminal = Terminal::new(&two.laptop);
        terminal.line(0, "homie attach far:build");
        terminal.sees(0, "inner>");
        terminal.line(0, "echo one-$((40 + 1))");
        terminal.sees(0, "one-41");

        end(two.gw.node(), Signal::KILL);
        terminal.line(0, "echo two-$((40 + 2))");
        terminal.sees(0, "two-42");
        let shown = far.done(&["capture", "build"]);
        assert!(shown.matches("one-41").count() == 1 && shown.matches("two-42").count() == 1, "{shown}");
        terminal.key(0, "C-\\");

        let sent = two.laptop.run(&["send", "far:build", "echo three-$((40 + 3))", "--enter"]);
        let words = String::from_utf8_lossy(&sent.stderr);
        assert!(words.contains("through other.tail.test:4663"), "{words}");
        while !far.done(&["capture", "build"]).contains("three-43") {
            thread::yield_now();
        }
        end(other.node(), Signal::KILL);
        let (code, words) = two.laptop.refused(&["capture", "far:build"]);
        assert_eq!(code, 5, "{words}");
        far.done(&["kill", "build"]);
    });
}
