//! The story that `docs/mesh.cast` shows: from `laptop` into a session on `far`, which `laptop` does not reach itself, through
//! the gateway of `gw`; that is killed in the middle of a line, and the line goes on through `other`.

use crate::around::four;
use crate::mesh::{WAITS, until_at};
use crate::terminal::Terminal;
use crate::two::inside;
use crate::watched::{KILL, Stage, last_screen, letters, pause, types};

const SIZE: (u16, u16) = (101, 26);

#[test]
fn a_line_goes_on_through_another_gateway_when_the_one_in_between_is_killed() {
    inside("through::a_line_goes_on_through_another_gateway_when_the_one_in_between_is_killed", |two| {
        let mesh = four(two);
        mesh.far.done(&[&["new", "--name", "build", "--cwd", "/"], WAITS].concat());
        until_at(&two.laptop, "build", &["far"]);
        let terminal = Terminal::new(&two.laptop);
        terminal.resize(SIZE.0, SIZE.1);
        let below = terminal.split_below(6);
        terminal.line(below, &format!("export HOMIE_HOME={}; clear", two.gw.home().path().display()));
        let stage = Stage::of(&terminal, SIZE, &[(0, "on the laptop"), (below, "on gw")]);

        types(&terminal, 0, "homie ls --verbose");
        terminal.sees(0, "far: through gw");
        pause();
        types(&terminal, 0, "homie attach far:build");
        terminal.sees(0, "inner>");
        letters(&terminal, 0, "echo typed before");
        terminal.sees(0, "echo typed before");
        pause();
        types(&terminal, below, KILL);
        pause();
        letters(&terminal, 0, " and after, $((40 + 2))");
        terminal.key(0, "Enter");
        terminal.sees(0, "\ntyped before and after, 42");
        let shown = mesh.far.done(&["capture", "build"]);
        assert_eq!(shown.matches("\ntyped before and after, 42").count(), 1, "{shown}");
        pause();
        terminal.key(0, "C-\\");
        // What is typed while the terminal gets its modes back is for nobody.
        terminal.sees(0, "comes back]\nouter$");
        types(&terminal, 0, "homie ls --on far");
        terminal.sees(0, "reached through other");
        pause();

        shows_it(&stage.end());
        mesh.far.done(&["kill", "build"]);
    });
}

fn shows_it(cast: &str) {
    let last = last_screen(cast, SIZE);
    assert!(last.contains("\ntyped before and after, 42") && last.contains("through other"), "{last}");
    assert!(cast.contains("through gw"), "it was another way before");
}

#[test]
fn the_recording_in_the_docs_shows_it() {
    shows_it(&std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/mesh.cast")).unwrap());
}
