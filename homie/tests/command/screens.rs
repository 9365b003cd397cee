//! What a person sees who comes late, is slow, or has a terminal of another size.

use std::fs;

use tempfile::TempDir;

use crate::machine::Machine;
use crate::terminal::Terminal;

/// A file of numbered lines.
fn lines(folder: &TempDir, count: usize) -> String {
    let path = folder.path().join("lines.txt");
    let text: String = (1..=count).map(|number| format!("line {number} of the file\n")).collect::<Vec<_>>().concat();
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// The session shows what the pane shows.
fn agree(machine: &Machine, terminal: &Terminal, pane: usize, name: &str) {
    terminal.shows(pane, &machine.done(&["capture", name]));
}

#[test]
fn one_who_comes_late_sees_the_screen_of_a_pager_as_it_is() {
    let (machine, folder) = (Machine::up(), TempDir::new().unwrap());
    let file = lines(&folder, 500);
    let terminal = Terminal::new(&machine);
    terminal.line(0, &format!("homie new --name pager -- less {file}"));
    terminal.sees(0, "line 23 of the file");
    terminal.line(0, "100g");
    let before = terminal.sees(0, "line 122 of the file");
    terminal.key(0, "C-\\");
    terminal.sees(0, "[left pager");
    terminal.line(0, "clear; homie attach pager");
    terminal.shows(0, &before);
    assert_eq!(terminal.tells(0, "#{alternate_on}"), "1");
    agree(&machine, &terminal, 0, "pager");
    terminal.key(0, "q");
    terminal.sees(0, "[pager has ended]");
    assert_eq!(terminal.tells(0, "#{alternate_on}"), "0");
}

#[test]
fn one_who_comes_late_sees_an_editor_and_types_where_its_cursor_is() {
    let (machine, folder) = (Machine::up(), TempDir::new().unwrap());
    let file = lines(&folder, 50);
    let terminal = Terminal::new(&machine);
    terminal.line(0, &format!("homie new --name edit -- vim -u NONE -N -i NONE {file}"));
    terminal.sees(0, "line 23 of the file");
    terminal.line(0, ":7");
    terminal.key(0, "A");
    terminal.sees(0, "-- INSERT --");
    let cursor = terminal.tells(0, "#{cursor_x} #{cursor_y}");
    terminal.key(0, "C-\\");
    terminal.sees(0, "[left edit");
    terminal.line(0, "clear; homie attach edit");
    terminal.sees(0, "-- INSERT --");
    terminal.learns(0, "#{cursor_x} #{cursor_y}", &cursor);
    agree(&machine, &terminal, 0, "edit");
    terminal.line(0, " typed later");
    terminal.sees(0, "line 7 of the file typed later");
    agree(&machine, &terminal, 0, "edit");
}

#[test]
fn what_a_shell_printed_is_in_the_terminals_own_scrollback() {
    let machine = Machine::up();
    let terminal = Terminal::new(&machine);
    terminal.line(0, "homie new --detach --name build -- sh -c 'seq 1 100; echo end-of-it; sleep 1000'");
    terminal.line(0, "clear; homie attach build");
    terminal.sees(0, "end-of-it");
    terminal.learns(0, "#{?#{e|>:#{history_size},90},yes,no}", "yes");
    agree(&machine, &terminal, 0, "build");
}

#[test]
fn a_flood_is_left_at_once_and_goes_on_without() {
    let machine = Machine::up();
    let terminal = Terminal::new(&machine);
    terminal.line(0, "homie new --name flood -- env PS1='inn''er> ' bash --norc --noprofile");
    terminal.sees(0, "inner>");
    terminal.line(0, "yes a line of a flood that never ends");
    terminal.sees(0, "a line of a flood that never ends\na line of a flood");
    terminal.key(0, "C-\\");
    // What is typed while the terminal gets its modes back is for nobody.
    terminal.sees(0, "comes back]\nouter$");
    terminal.line(0, "clear; homie attach flood");
    terminal.sees(0, "a line of a flood that never ends\na line of a flood");
    terminal.key(0, "C-c");
    terminal.line(0, "clear; echo quiet-$((1 + 1))");
    terminal.sees(0, "quiet-2");
    agree(&machine, &terminal, 0, "flood");
}

#[test]
fn one_who_watches_sees_a_part_with_the_cursor_in_it_and_types_nothing() {
    let machine = Machine::up();
    let script = "printf 'top-left\\033[20;70Hfar-away'; read line; printf '\\033[Htyped %s' \"$line\"; sleep 1000";
    machine.done(&["new", "--name", "wide", "--", "sh", "-c", script]);
    let terminal = Terminal::new(&machine);
    terminal.resize(40, 10);
    terminal.line(0, "homie watch wide");
    let screen = terminal.sees(0, "far-away");
    assert!(!screen.contains("top-left"), "{screen}");
    assert_eq!(machine.session("wide")["cols"], 80, "its size is its own");
    terminal.line(0, "nothing");
    machine.done(&["send", "wide", "something", "--enter"]);
    let screen = terminal.sees(0, "typed something");
    assert!(!screen.contains("far-away") && !screen.contains("nothing"), "{screen}");
    terminal.resize(100, 24);
    let screen = terminal.sees(0, "far-away");
    assert!(screen.starts_with("typed something"), "{screen}");
    terminal.key(0, "q");
    terminal.sees(0, "[left wide");
    assert_eq!(terminal.tells(0, "#{cursor_flag} #{wrap_flag}"), "1 1");
}

#[test]
fn the_last_to_attach_gives_the_size_and_another_may_keep_it() {
    let machine = Machine::up();
    let terminal = Terminal::new(&machine);
    terminal.line(0, "homie new --name build -- env PS1='inn''er> ' bash --norc --noprofile");
    terminal.sees(0, "inner>");
    assert_eq!(machine.session("build")["cols"], 100);
    let right = terminal.split();
    let size = |cols: i64| machine.session("build")["cols"] == cols;
    terminal.line(right, "homie attach build --keep-size");
    terminal.sees(right, "inner>");
    terminal.line(right, "echo 123456789012345678901234567890-$((1 + 1))");
    terminal.sees(right, "890-2");
    let width: i64 = terminal.tells(0, "#{pane_width}").parse().unwrap();
    assert!(size(width), "the pane was narrowed by the other: {}", machine.session("build"));
    terminal.key(right, "C-\\");
    terminal.sees(right, "[left build");
    terminal.tmux(&["resize-pane", "-t", ":.1", "-x", "30"]);
    // tmux takes its time before it tells a pane.
    let narrow = "until stty size | grep -q ' 30$'; do :; done";
    terminal.line(right, &format!("clear; {narrow}; homie attach build"));
    terminal.sees(right, "inner>");
    terminal.line(right, "echo size-$(stty size | cut -d' ' -f2)-");
    terminal.sees(right, "size-30-");
}

#[test]
fn a_program_that_tells_its_title_and_rings_is_listed_so() {
    let machine = Machine::up();
    let script = "printf '\\033]2;making it\\007\\007last line'; read line";
    machine.done(&["new", "--name", "build", "--", "sh", "-c", script]);
    let terminal = Terminal::new(&machine);
    terminal
        .line(0, "until homie ls --preview | grep -q 'last line'; do :; done; homie ls --preview; echo all-$((1 + 1))");
    let screen = terminal.sees(0, "all-2");
    assert!(screen.contains("WANTS YOU") && screen.contains("making it") && screen.contains("bell"), "{screen}");
    let told = machine.session("build");
    assert_eq!((&told["title"], &told["attention"]), (&"making it".into(), &"bell".into()));
    terminal.line(0, "clear; homie attach build");
    terminal.learns(0, "#{pane_title}", "making it");
}
