//! From the request to the command: program, folder, environment.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use homie_protocol::id::SessionId;
use homie_protocol::name::Name;
use portable_pty::CommandBuilder;

use crate::error::HoldError;
use crate::record::HoldSpec;

/// What a service manager tells the node about itself is not the program's business.
const OF_THE_NODE: &[&str] = &[
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_PIDFDID",
    "MAINPID",
    "MANAGERPID",
    "MANAGERPIDFDID",
    "NOTIFY_SOCKET",
    "SYSTEMD_EXEC_PID",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// What the terminal that the node was started in says of itself. The program has another.
const OF_ANOTHER_TERMINAL: &[&str] = &[
    "COLUMNS",
    "LINES",
    "SSH_TTY",
    "STY",
    "TERMCAP",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TMUX",
    "TMUX_PANE",
    "VTE_VERSION",
    "WINDOWID",
];

/// A command ready to start, and what to write down about it.
pub(crate) struct Prepared {
    pub(crate) builder: CommandBuilder,
    /// The same for a program with pipes.
    pub(crate) piped: Command,
    pub(crate) name: String,
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: String,
}

/// Checks the request and turns it into a command.
pub(crate) fn prepare(spec: &HoldSpec) -> Result<Prepared, HoldError> {
    let cwd = folder(spec.cwd.as_deref())?;
    let mut builder = program(spec.command.as_deref())?;
    builder.cwd(&cwd);
    for name in OF_THE_NODE.iter().chain(OF_ANOTHER_TERMINAL) {
        builder.env_remove(name);
    }
    for (name, value) in &spec.env {
        if !is_variable(name, value) {
            return Err(HoldError::Program(format!("env: {name:?} is not a variable")));
        }
        builder.env(name, value);
    }
    identify(&mut builder, spec.session);
    let argv = spec.command.clone().unwrap_or_else(|| vec![builder.get_shell()]);
    let name = spec.name.clone().unwrap_or_else(|| program_name(argv.first()));
    let piped = piped(spec, &argv, &cwd);
    Ok(Prepared { builder, piped, name, argv, cwd })
}

/// Without a terminal, and without a word of one.
fn piped(spec: &HoldSpec, argv: &[String], cwd: &str) -> Command {
    let (program, arguments) = argv.split_first().map_or(("", &[][..]), |(program, rest)| (program.as_str(), rest));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(cwd);
    for name in OF_THE_NODE.iter().chain(OF_ANOTHER_TERMINAL).chain(&["TERM", "COLORTERM"]) {
        command.env_remove(name);
    }
    command.envs(&spec.env).env("HOMIE_SESSION", spec.session.to_string());
    command
}

/// What a session is called that nobody gave a name: as its program.
pub fn default_name(command: Option<&[String]>, env: Option<&BTreeMap<String, String>>) -> String {
    let Some(command) = command else {
        let mut builder = CommandBuilder::new_default_prog();
        for (name, value) in env.into_iter().flatten() {
            builder.env(name, value);
        }
        return program_name(Some(&builder.get_shell()));
    };
    program_name(command.first())
}

/// Whether the environment can have this variable.
pub fn is_variable(name: &str, value: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0')
}

/// What the terminal can do, and which session this is.
fn identify(builder: &mut CommandBuilder, session: SessionId) {
    builder.env("TERM", "xterm-256color");
    builder.env("COLORTERM", "truecolor");
    builder.env("HOMIE_SESSION", session.to_string());
}

fn program(command: Option<&[String]>) -> Result<CommandBuilder, HoldError> {
    let Some(argv) = command else { return Ok(CommandBuilder::new_default_prog()) };
    if argv.first().is_none_or(String::is_empty) {
        return Err(HoldError::Program("command: it is empty".to_owned()));
    }
    if argv.iter().any(|argument| argument.contains('\0')) {
        return Err(HoldError::Program("command: a zero byte cannot be passed on".to_owned()));
    }
    Ok(CommandBuilder::from_argv(argv.iter().map(Into::into).collect()))
}

fn folder(cwd: Option<&str>) -> Result<String, HoldError> {
    let Some(cwd) = cwd else {
        let home = std::env::home_dir().filter(|home| home.is_dir()).unwrap_or_else(|| "/".into());
        return Ok(home.to_string_lossy().into_owned());
    };
    // The library would start the program in the home folder instead, silently.
    if !Path::new(cwd).is_absolute() || !Path::new(cwd).is_dir() {
        return Err(HoldError::Program(format!("cwd: {cwd:?} is not the absolute path of a folder")));
    }
    Ok(cwd.to_owned())
}

fn program_name(program: Option<&String>) -> String {
    let program = program.map(Path::new).and_then(Path::file_name);
    let name = program.and_then(|name| Name::made_of(&name.to_string_lossy()));
    name.map_or_else(|| "shell".to_owned(), Name::into_string)
}
