//! What can be asked of the command.

use clap::{Parser, Subcommand};

mod daemons;
mod keys;
mod nodes;
mod reading;
mod running;
mod service;
mod sessions;
mod trust;

pub(crate) use daemons::{
    ApproveOptions, CompletedShell, CompletionsOptions, ConfigOptions, DoctorOptions, DownOptions, GatewayOptions,
    LogsOptions, NodeOptions, PairOptions, StatusOptions, TailnetOptions, UpOptions,
};
pub(crate) use keys::{KeysAct, KeysOptions, RekeyOptions};
pub(crate) use nodes::{ForgetOptions, NodeAct, NodesOptions, RenameNodeOptions, TagOptions};
pub(crate) use reading::{CaptureOptions, RecordOptions, ReplayOptions, RerunOptions, SearchOptions};
pub(crate) use running::{RunOptions, ToldOptions};
pub(crate) use service::{ServiceAct, ServiceOptions};
pub(crate) use sessions::{
    AttachOptions, KillOptions, LsOptions, NewOptions, RenameOptions, SendOptions, WatchOptions,
};
pub(crate) use trust::{
    AuditAct, AuditOptions, DeviceAct, DevicesOptions, GivenRole, InviteOptions, JoinOptions, RenameDeviceOptions,
    RevokeOptions, RoleOptions,
};

/// Your shells on all your machines, from any of them.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "State lies in the folder HOMIE_HOME, or where this system keeps programs' state.\n\
    A session is named by its name, the beginning of it, or any part of it that no other has.\n\
    On another machine of the tailnet it is MACHINE:NAME, or --on MACHINE says where.\n\
    A whole name that no session here has is looked for on the other machines of the mesh.\n\
    Exit codes: 0 done, 1 failed, 2 wrong use, 3 not found, 4 refused, 5 not reachable.\n\n\
    Examples:\n  homie up --detach        start Homie on this machine\n  homie new --name build   a shell that \
    outlives this terminal; Ctrl-\\ leaves it\n  homie ls                 what runs\n  homie attach build       \
    back to it, from any terminal"
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a session, and attach to it.
    #[command(
        after_help = "Examples:\n  homie new\n  homie new --name build -- make -j8\n  homie new --detach --size 120x40 -- htop\n  homie new --on gw"
    )]
    New(NewOptions),
    /// List the sessions of all machines of the mesh.
    #[command(
        visible_alias = "list",
        after_help = "Examples:\n  homie ls\n  homie ls --preview\n  homie ls --all --json\n  homie ls --on gw"
    )]
    Ls(LsOptions),
    /// List the machines of the mesh; tag, rename or forget them.
    #[command(after_help = "Examples:\n  homie nodes\n  homie nodes tag gw gpu eu\n  homie nodes --tag gpu --json\n  \
        homie nodes rename gw tower\n  homie nodes forget gw")]
    Nodes(NodesOptions),
    /// Look at a session and type into it; Ctrl-\ leaves it.
    #[command(
        visible_alias = "a",
        after_help = "Examples:\n  homie attach build\n  homie attach bu --detach-key C-q\n  homie attach gw:build"
    )]
    Attach(AttachOptions),
    /// Look at a session without typing into it; q leaves it.
    #[command(after_help = "Examples:\n  homie watch build\n  homie watch gw:build")]
    Watch(WatchOptions),
    /// Type into a session from here.
    #[command(
        after_help = "Examples:\n  homie send build 'make test' --enter\n  homie send build --key C-c\n  homie send build --stdin < script.sh\n  \
        homie send build --key Up --key Enter\n\nKeys: a character, Enter, Tab, BTab, Escape, Space, BSpace, Delete, \
        Insert, Up, Down, Left, Right, Home, End, PageUp, PageDown, F1 to F12; with C-, M- and S- before it."
    )]
    Send(SendOptions),
    /// Print what a session shows.
    #[command(after_help = "Examples:\n  homie capture build\n  homie capture build --scrollback | less\n  \
        homie capture build --ansi > screen.txt")]
    Capture(CaptureOptions),
    /// Find a text in what sessions show and have shown.
    #[command(
        override_usage = "homie search [OPTIONS] [SESSION] <TEXT>",
        after_help = "Examples:\n  homie search 'error:'\n  homie search build warning --ignore-case\n  homie search --on gw 'error:'\n  homie search --all 'error:'"
    )]
    Search(SearchOptions),
    /// Run a command on several machines of the mesh at once, and tell what each says.
    #[command(
        after_help = "Examples:\n  homie run --on gw,desk -- uname -r\n  homie run --on tag:gpu -- nvidia-smi\n  homie run --all --group -- cat /etc/os-release\n  \
        homie run --all --diff --timeout 30 -- df -h /\n\nWhat it says on its error stream comes with its output. It has \
        nothing to read. Ctrl-C ends it everywhere.\nThe exit code is the highest: of its programs, 124 for one that took too \
        long, 5 for a machine that does not answer."
    )]
    Run(RunOptions),
    /// Run the command of a session that is over again, in the same folder.
    #[command(after_help = "Examples:\n  homie rerun build\n  homie rerun build --detach")]
    Rerun(RerunOptions),
    /// Record what a session prints, for `homie replay`; everyone who looks at it is told.
    #[command(after_help = "Examples:\n  homie record build\n  homie record build --stop\n  homie record --list\n  \
        homie record --export build > build.cast")]
    Record(RecordOptions),
    /// Play a recording in this terminal; space pauses, q leaves.
    #[command(after_help = "Examples:\n  homie replay build\n  homie replay build.cast --speed 4 --idle-limit 1")]
    Replay(ReplayOptions),
    /// End a session and everything that runs in it.
    #[command(after_help = "Examples:\n  homie kill build\n  homie kill gw:build")]
    Kill(KillOptions),
    /// Give a session another name.
    #[command(after_help = "Example:\n  homie rename bash build")]
    Rename(RenameOptions),
    /// Run this machine: its node, and a gateway that serves the page.
    #[command(
        after_help = "Examples:\n  homie up --port 8080 --name desk\n  homie up --detach\n  homie up --owner alice@example.com\n  \
        homie up --join https://gw.example.ts.net:4663"
    )]
    Up(UpOptions),
    /// Stop this machine's node; the shells go on.
    #[command(after_help = "Examples:\n  homie down\n  homie down --all")]
    Down(DownOptions),
    /// Tell what runs on this machine, and how the mesh is.
    #[command(after_help = "Examples:\n  homie status\n  homie status --json")]
    Status(StatusOptions),
    /// Find what is wrong with this machine's Homie, and say what helps; exit code 1 if there is anything.
    #[command(after_help = "Examples:\n  homie doctor\n  homie doctor --fix\n  homie doctor --json")]
    Doctor(DoctorOptions),
    /// Run Homie as a service: there before anybody logs in, and back after a crash.
    #[command(
        after_help = "Examples:\n  homie service install\n  homie service status --json\n  homie service uninstall"
    )]
    Service(ServiceOptions),
    /// Print what `homie up --detach` has logged.
    #[command(after_help = "Examples:\n  homie logs\n  homie logs --lines 20")]
    Logs(LogsOptions),
    /// Print every setting with what it means.
    #[command(after_help = "Examples:\n  homie config\n  homie config --json")]
    Config(ConfigOptions),
    /// Let one more device in: by a QR code, a six-digit code, or a link for a browser on this machine.
    #[command(
        after_help = "Examples:\n  homie pair\n  homie pair --code --role viewer\n  homie pair --svg code.svg\n  homie pair --here"
    )]
    Pair(PairOptions),
    /// Invite one machine that has no tailnet in common with this one into the mesh; needs a key door here.
    #[command(after_help = "Examples:\n  homie invite\n  homie invite --json")]
    Invite(InviteOptions),
    /// Become one of the mesh of a machine that has invited this one.
    #[command(after_help = "Examples:\n  homie join homie-join.1.…\n  homie join - < invitation")]
    Join(JoinOptions),
    /// Let the device in that waits, with the digits it shows.
    #[command(
        override_usage = "homie approve [OPTIONS] [[ID] DIGITS]",
        after_help = "Examples:\n  homie approve\n  homie approve 042137 --role viewer\n  homie approve --refuse"
    )]
    Approve(ApproveOptions),
    /// List the devices that may come in; rename them, or let them in no more.
    #[command(after_help = "Examples:\n  homie devices\n  homie devices rename Firefox desk\n  \
        homie devices role phone viewer\n  homie devices revoke phone")]
    Devices(DevicesOptions),
    /// Print what was done to who may come in.
    #[command(after_help = "Examples:\n  homie audit\n  homie audit verify")]
    Audit(AuditOptions),
    /// Tell where this machine's secret keys lie, or move them.
    #[command(after_help = "Examples:\n  homie keys\n  homie keys move file")]
    Keys(KeysOptions),
    /// Show the recovery words, if nobody has seen them yet.
    #[command(after_help = "Example:\n  homie words")]
    Words,
    /// Make this machine's key an owner's again, with the recovery words.
    #[command(after_help = "Example:\n  homie recover")]
    Recover,
    /// Give this machine new keys, if it is a copy of another one; or say that it is the original.
    #[command(after_help = "Examples:\n  homie rekey\n  homie rekey --keep")]
    Rekey(RekeyOptions),
    /// Run the node alone.
    #[command(after_help = "Example:\n  homie node --name desk")]
    Node(NodeOptions),
    /// Run the gateway alone.
    #[command(after_help = "Example:\n  homie gateway --port 0")]
    Gateway(GatewayOptions),
    /// Print what makes a shell complete commands and names of sessions.
    #[command(after_help = "Examples:\n  echo 'source <(homie completions bash)' >> ~/.bashrc\n  \
        echo 'source <(homie completions zsh)' >> ~/.zshrc\n  \
        homie completions fish > ~/.config/fish/completions/homie.fish")]
    Completions(CompletionsOptions),
    /// Hold one session; the node starts this by itself.
    #[command(hide = true)]
    Hold,
    /// Listen to local networks, and announce this machine there; the gateway starts this by itself.
    #[command(hide = true)]
    Hear {
        /// On which.
        interfaces: Vec<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declaration_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("homie {}", command.get_name())), "{} has no example", command.get_name());
        }
    }
}
