//! The system under test, which `scripts/lib/systemd-container` or `scripts/lib/systemd-vm` has booted: commands in it as root,
//! its reboot, and the cut of its power.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Seconds that are long enough for anything that happens at all. `HOMIE_PATIENCE` is for systems that are slow.
const PATIENCE: u64 = 90;

/// How often something is looked for that tells nobody when it comes.
const LOOK: Duration = Duration::from_millis(50);

/// A command in the system, as root and with nothing but a PATH in its environment.
pub(crate) fn root(words: &[&str]) -> Command {
    let mut command = Command::new(folder().join("enter"));
    command.args(words).stdin(Stdio::null());
    command
}

/// Its answer, if it succeeds.
pub(crate) fn answer(command: &mut Command) -> Result<String, String> {
    let output = command.output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(words) } else { Err(words + &String::from_utf8_lossy(&output.stderr)) }
}

/// The answer of what must succeed.
pub(crate) fn done(command: &mut Command) -> String {
    answer(command).unwrap_or_else(|words| panic!("{command:?}: {words}"))
}

/// Looks until there is something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let patience = std::env::var("HOMIE_PATIENCE").map_or(PATIENCE, |seconds| seconds.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(patience);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}: not within {patience} s");
        sleep(LOOK);
    }
}

/// Waits until everything that starts with the system has started.
pub(crate) fn wait_for_boot() {
    until("a first process", read_init);
    until("a system that runs", || {
        let told = answer(&mut root(&["systemctl", "is-system-running", "--wait"])).ok()?;
        (told.trim() == "running").then_some(())
    });
}

/// Boots again: everything ends, what is on disk stays.
pub(crate) fn reboot() {
    // It may be gone before it answers.
    until_next_boot(|_| drop(answer(&mut root(&["systemctl", "reboot"]))));
}

/// The same without a warning: nothing is ended, and nothing more comes to the disk.
pub(crate) fn cut_power() {
    until_next_boot(|init| drop(done(Command::new("sh").args(["-c", "kill -KILL \"$0\"", init]))));
}

fn until_next_boot(end: impl FnOnce(&str)) {
    let before = read_init().expect("a system that runs");
    end(&before);
    until("the next boot", || read_init().filter(|init| *init != before));
    wait_for_boot();
}

/// Puts a process of the container into a control group of this machine. Its number is read as the writer would say it, so
/// the writer is a process there, with the files of here.
pub(crate) fn enter_group(pid: &str, group: &Path) {
    let init = read_init().expect("a system that runs");
    let script = "echo \"$0\" >\"$1\"";
    done(
        Command::new("nsenter")
            .args(["--target", &init, "--pid", "sh", "-c", script, pid])
            .arg(group.join("cgroup.procs")),
    );
}

/// The process that stands for the system, while it lives.
fn read_init() -> Option<String> {
    let init = std::fs::read_to_string(folder().join("init")).ok()?;
    PathBuf::from(format!("/proc/{init}/ns/pid")).exists().then_some(init)
}

fn folder() -> PathBuf {
    std::env::var("HOMIE_SYSTEM").expect("scripts/test systemd or vm runs this").into()
}
