//! The system under test, which `scripts/lib/systemd-container` has booted: commands in it as root, and its reboot.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Long enough for anything that happens at all.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often something is looked for that tells nobody when it comes.
const LOOK: Duration = Duration::from_millis(50);

/// Where a machine of ours keeps what everybody may run.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A command in the system, as root and with an empty environment. `HOMIE_SYSTEM` names the container's folder, or says
/// `here` where the test itself runs inside.
pub(crate) fn root(words: &[&str]) -> Command {
    let folder = std::env::var("HOMIE_SYSTEM").expect("scripts/test systemd runs this");
    let mut command = if folder == "here" {
        Command::new("env")
    } else {
        let init = read_init(&folder).expect("a system that runs");
        let mut command = Command::new("nsenter");
        command.args(["--target", &init, "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "env"]);
        command
    };
    command.args(["-i", PATH]).args(words).stdin(Stdio::null());
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
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}: not within {PATIENCE:?}");
        sleep(LOOK);
    }
}

/// Waits until everything that starts with the system has started.
pub(crate) fn wait_for_boot() {
    let folder = std::env::var("HOMIE_SYSTEM").expect("scripts/test systemd runs this");
    if folder != "here" {
        until("a first process", || read_init(&folder));
    }
    until("a system that runs", || {
        let told = answer(&mut root(&["systemctl", "is-system-running", "--wait"])).ok()?;
        (told.trim() == "running").then_some(())
    });
}

/// Boots again: everything ends, what is on disk stays.
pub(crate) fn reboot() {
    let folder = std::env::var("HOMIE_SYSTEM").expect("scripts/test systemd runs this");
    let before = read_init(&folder);
    // It may be gone before it answers.
    let _told = answer(&mut root(&["systemctl", "reboot"]));
    until("the next boot", || read_init(&folder).filter(|init| Some(init) != before.as_ref()));
    wait_for_boot();
}

/// Puts a process of the system into a control group of this machine. Its number is read as the writer would say it, so
/// the writer is a process there, with the files of here.
pub(crate) fn enter_group(pid: &str, group: &Path) {
    let folder = std::env::var("HOMIE_SYSTEM").expect("scripts/test systemd runs this");
    let init = read_init(&folder).expect("a system that runs");
    let script = "echo \"$0\" >\"$1\"";
    done(Command::new("nsenter").args(["--target", &init, "--pid", "sh", "-c", script, pid]).arg(group));
}

fn read_init(folder: &str) -> Option<String> {
    let init = std::fs::read_to_string(PathBuf::from(folder).join("init")).ok()?;
    PathBuf::from(format!("/proc/{init}/ns/pid")).exists().then_some(init)
}
