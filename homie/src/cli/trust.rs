//! What can be asked about who may come in.

use clap::{Args, Subcommand, ValueEnum};
use homie_protocol::hello::Role;

use crate::home;

#[derive(Debug, Args)]
pub(crate) struct DevicesOptions {
    #[command(subcommand)]
    pub(crate) act: Option<DeviceAct>,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceAct {
    /// List them, the revoked ones too.
    List,
    /// Give one another name.
    Rename(RenameDeviceOptions),
    /// Give one another role. An owner stays one until it is revoked.
    Role(RoleOptions),
    /// Close one's circuits and let it in no more, for ever.
    Revoke(RevokeOptions),
}

#[derive(Debug, Args)]
pub(crate) struct RenameDeviceOptions {
    /// Its name, or the beginning of its id.
    pub(crate) device: String,
    /// Its name from now on.
    #[arg(value_parser = home::name)]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct RoleOptions {
    /// Its name, or the beginning of its id.
    pub(crate) device: String,
    /// What it may do from now on.
    pub(crate) role: GivenRole,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeOptions {
    /// Its name, or the beginning of its id.
    pub(crate) device: String,
    /// Do not ask, even if it is this machine's own key.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InviteOptions {
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct JoinOptions {
    /// What `homie invite` has printed there, or - to read it.
    pub(crate) invitation: String,
    /// What to call this machine [default: its host name].
    #[arg(long, value_parser = home::name)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum GivenRole {
    /// Look.
    Viewer,
    /// Type, start and end.
    Operator,
    /// Decide who may.
    Owner,
}

impl From<GivenRole> for Role {
    fn from(role: GivenRole) -> Self {
        match role {
            GivenRole::Viewer => Self::Viewer,
            GivenRole::Operator => Self::Operator,
            GivenRole::Owner => Self::Owner,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct AuditOptions {
    #[command(subcommand)]
    pub(crate) act: Option<AuditAct>,
    /// Answer as JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum AuditAct {
    /// Look whether every line is what was written, and name the first that is not.
    Verify,
}
