//! Runs the sweeps in a process below this one, so that whatever ends them leaves nothing behind: orphans become children
//! of this process, which ends them, and the folder goes with it.

use std::env;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{ExitCode, ExitStatus};

use anyhow::Context;
use rustix::process::{Pid, WaitOptions, getpid, set_child_subreaper, wait, waitpid};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use crate::process::{children, end, with_descendants};
use crate::tailnet::place;

pub(crate) fn guard(in_own_network: bool) -> anyhow::Result<ExitCode> {
    set_child_subreaper(Some(getpid()))?;
    let folder = folder()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let child = sweeps(folder.path(), in_own_network)?.spawn()?;
        until_over(child).await
    });
    end_the_rest();
    let ended = ended?;
    Ok(if ended.is_some_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where there is a tailnet, people on its hosts run what lies in it.
fn folder() -> anyhow::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("homie-bench-");
    Ok(match place() {
        Some(place) => builder.permissions(Permissions::from_mode(0o711)).tempdir_in(place)?,
        None => builder.tempdir()?,
    })
}

/// The sweeps, with signals as a terminal has them: what a shell starts in the background ignores ^C, and so would all that
/// it starts. Whatever they start of ours is what was built, nothing else is built meanwhile, and it says no more than it must.
fn sweeps(folder: &Path, in_own_network: bool) -> anyhow::Result<Command> {
    let mut command = Command::new("env");
    command.arg("--default-signal").args(["HOMIE_BUILT=1", "HOMIE_LOG=warn"]);
    if in_own_network {
        command.args(homie_tests::cabled::in_own_network());
    }
    command.arg(env::current_exe()?).args(env::args_os().skip(1)).arg("sweeps").arg(folder);
    Ok(command)
}

/// Its end, or `None` if somebody has asked us to end.
async fn until_over(mut child: Child) -> anyhow::Result<Option<ExitStatus>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut ended = signal(SignalKind::child())?;
    let sweeps = child.id();
    loop {
        tokio::select! {
            status = child.wait() => return status.map(Some).context("the sweeps cannot be waited for"),
            _ = interrupt.recv() => return Ok(None),
            _ = terminate.recv() => return Ok(None),
            _ = ended.recv() => take_notice(sweeps),
        }
    }
}

/// Of orphans that have ended. The end of the sweeps is for whoever waits for it.
fn take_notice(sweeps: Option<u32>) {
    for pid in children(std::process::id()).into_iter().filter(|pid| Some(*pid) != sweeps) {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        // One that still runs has nothing to tell yet.
        let _ = waitpid(pid, WaitOptions::NOHANG);
    }
}

fn end_the_rest() {
    let us = std::process::id();
    loop {
        let rest: Vec<u32> = with_descendants(&[us]).into_iter().filter(|pid| *pid != us).collect();
        if rest.is_empty() {
            return;
        }
        end(&rest);
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
    }
}
