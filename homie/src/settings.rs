//! The settings: a file with a few keys, each with what holds where it says nothing.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use homie_gateway::reach::{Address, Host};
use homie_gateway::{DEFAULT_PORT, Finding, Lan};
use homie_node::HISTORY_MEMORY;
use homie_protocol::hello::Role;
use homie_protocol::tag::is_tag;
use homie_trust::{Allowed, role_named};
use serde::Deserialize;
use serde_json::Value;

use crate::detach_key::DetachKey;
use crate::{home, key_door};

mod ways_in;

const MEBIBYTE: u64 = 1024 * 1024;

/// What the file says. A key that nobody knows is a mistake, and told as one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    port: Option<u16>,
    name: Option<String>,
    tags: Option<Vec<String>>,
    detach_key: Option<String>,
    history_memory: Option<u64>,
    clipboard: Option<bool>,
    owner: Option<String>,
    trust_tailnet: Option<bool>,
    allow: Option<Vec<String>>,
    capability: Option<String>,
    ceiling: Option<String>,
    tailnet_port: Option<u16>,
    tailscale_socket: Option<PathBuf>,
    shared_secret: Option<String>,
    machines: Option<Vec<String>>,
    lan_interfaces: Option<Vec<String>>,
    key_door: Option<Vec<String>>,
    key_door_at: Option<Vec<String>>,
    dial_out: Option<bool>,
    public_origin: Option<String>,
    public_listen: Option<Vec<String>>,
    public_certificate: Option<PathBuf>,
    public_key: Option<PathBuf>,
}

/// A key of the file, for people.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// As JSON, which writes these values as TOML does.
    pub(crate) value: Value,
    /// Whether the file says so; if not, it is what holds anyway.
    pub(crate) is_set: bool,
}

impl Settings {
    /// Reads the file; where there is none, it says nothing.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let path = home::settings_path()?;
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(anyhow!(error).context(format!("cannot read {}", path.display()))),
        }
    }

    fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        let wrong = || format!("{} makes no sense", path.display());
        let settings: Self = toml::from_str(text).with_context(wrong)?;
        if let Some(name) = &settings.name {
            home::name(name).with_context(wrong)?;
        }
        if let Some(bad) = settings.tags.iter().flatten().find(|tag| !is_tag(tag)) {
            return Err(anyhow!("tags: {bad:?} is none; small letters, digits, -, _ and . are").context(wrong()));
        }
        if settings.history_memory == Some(0) {
            return Err(anyhow!("history-memory: 1 MiB is the least").context(wrong()));
        }
        settings.ceiling.as_deref().map(role).transpose().with_context(wrong)?;
        settings.shared_secret.as_deref().map(approved).transpose().with_context(wrong)?;
        for line in settings.allow.iter().flatten() {
            line.parse::<Allowed>().map_err(|why| anyhow!("allow: {line:?}: {why}")).with_context(wrong)?;
        }
        for machine in settings.machines.iter().flatten() {
            written(machine).with_context(wrong)?;
        }
        for interface in settings.lan_interfaces.iter().flatten() {
            lan_interface(interface).with_context(wrong)?;
        }
        settings.key_door.as_deref().map(key_door::listening).transpose().with_context(wrong)?;
        settings.key_door_at.as_deref().map(key_door::dialled).transpose().with_context(wrong)?;
        if settings.key_door_at.is_some() && settings.key_door.is_none() {
            return Err(anyhow!("key-door-at: without key-door nobody listens there").context(wrong()));
        }
        settings.public_written().read(settings.ceiling()).with_context(wrong)?;
        settings.detach_key.as_deref().map(str::parse::<DetachKey>).transpose().with_context(wrong)?;
        Ok(settings)
    }

    /// The port of the page, if somebody chose one.
    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    /// What this machine is called.
    pub(crate) fn name(&self) -> String {
        self.name.as_deref().and_then(|name| home::name(name).ok()).unwrap_or_else(home::host_name)
    }

    /// How this machine tags itself.
    pub(crate) fn tags(&self) -> Vec<String> {
        self.tags.clone().unwrap_or_default()
    }

    /// The key that leaves a session.
    pub(crate) fn detach_key(&self) -> DetachKey {
        self.detach_key.as_deref().and_then(|key| key.parse().ok()).unwrap_or_default()
    }

    /// Bytes of memory for the histories of all sessions together. The file counts in MiB.
    pub(crate) fn history_memory(&self) -> u64 {
        self.history_memory.map_or(HISTORY_MEMORY, |mebibytes| mebibytes.saturating_mul(MEBIBYTE))
    }

    /// Whether programs in a session may write the clipboard.
    pub(crate) fn clipboard(&self) -> bool {
        self.clipboard.unwrap_or(false)
    }

    /// The owner's login in the tailnet.
    pub(crate) fn owner(&self) -> Option<String> {
        self.owner.clone()
    }

    /// Whether the tailnet's word is enough; nothing if the file does not say.
    pub(crate) fn trust_tailnet(&self) -> Option<bool> {
        self.trust_tailnet
    }

    /// Who else may come from the tailnet.
    pub(crate) fn allowed(&self) -> Vec<Allowed> {
        self.allow.iter().flatten().filter_map(|line| line.parse().ok()).collect()
    }

    /// The capability of the tailnet's policy that grants roles here.
    pub(crate) fn capability(&self) -> Option<String> {
        self.capability.clone()
    }

    /// More than this nobody gets from the network.
    pub(crate) fn ceiling(&self) -> Role {
        self.ceiling.as_deref().and_then(role_named).unwrap_or(Role::Owner)
    }

    /// The port that the tailnet sees.
    pub(crate) fn tailnet_port(&self) -> u16 {
        self.tailnet_port.unwrap_or(DEFAULT_PORT)
    }

    /// Where tailscaled listens, if not where this system has it.
    pub(crate) fn tailscale_socket(&self) -> Option<&Path> {
        self.tailscale_socket.as_deref()
    }

    /// What devices become that know this machine's shared secret; nothing: there is none.
    pub(crate) fn shared_secret(&self) -> Option<Role> {
        self.shared_secret.as_deref().and_then(|role| approved(role).ok())
    }

    /// Where machines are looked for besides the tailnet.
    pub(crate) fn finding(&self) -> Finding {
        let machines = self.machines.iter().flatten().filter_map(|machine| written(machine).ok()).collect();
        Finding { machines, lan: self.lan() }
    }

    /// The interfaces of the local network.
    pub(crate) fn lan_interfaces(&self) -> &[String] {
        self.lan_interfaces.as_deref().unwrap_or_default()
    }

    /// Who listens there is this program.
    fn lan(&self) -> Option<Lan> {
        let interfaces = self.lan_interfaces().to_vec();
        let program = std::env::current_exe().ok().filter(|_| !interfaces.is_empty())?;
        Some(Lan { interfaces, program })
    }

    /// Every key there is.
    pub(crate) fn keys(&self) -> Vec<Key> {
        [
            self.keys_of_this_machine(),
            self.keys_of_the_tailnet(),
            self.keys_of_finding(),
            self.keys_of_ways_in(),
            self.keys_of_the_internet(),
        ]
        .concat()
    }

    fn keys_of_finding(&self) -> Vec<Key> {
        vec![
            Key {
                name: "machines",
                about: "Machines outside the tailnet that are looked for, each a name or an address and its port: shed.example.org:4663.",
                value: self.machines.clone().unwrap_or_default().into(),
                is_set: self.machines.is_some(),
            },
            Key {
                name: "lan-interfaces",
                about: "Interfaces of local networks, eth0 or wlan0, on which this machine is announced by mDNS and others are heard; \
                left out, on none. Whoever is on such a network learns that Homie runs here, and this machine's name and key.",
                value: self.lan_interfaces().into(),
                is_set: self.lan_interfaces.is_some(),
            },
        ]
    }

    fn keys_of_the_tailnet(&self) -> Vec<Key> {
        vec![
            Key {
                name: "owner",
                about: "The owner's login in the tailnet; left out, what `homie up --owner` was told once.",
                value: self.owner.as_deref().unwrap_or_default().into(),
                is_set: self.owner.is_some(),
            },
            Key {
                name: "trust-tailnet",
                about: "Whether the owner's machines need no device key: whoever sits at one, or runs there, types here.",
                value: self.trust_tailnet.unwrap_or(false).into(),
                is_set: self.trust_tailnet.is_some(),
            },
            Key {
                name: "allow",
                about: "Who else may come from the tailnet, and how far: a login or a tag, and viewer, operator or owner.",
                value: self.allow.clone().unwrap_or_default().into(),
                is_set: self.allow.is_some(),
            },
            Key {
                name: "capability",
                about: "The capability of the tailnet's policy whose values grant roles here; left out, none does.",
                value: self.capability.as_deref().unwrap_or_default().into(),
                is_set: self.capability.is_some(),
            },
            Key {
                name: "ceiling",
                about: "More than this nobody gets from the network: viewer, operator or owner.",
                value: self.ceiling.as_deref().unwrap_or("owner").into(),
                is_set: self.ceiling.is_some(),
            },
            Key {
                name: "tailnet-port",
                about: "The port that other machines of the tailnet see; if it is taken, the next free one.",
                value: self.tailnet_port().into(),
                is_set: self.tailnet_port.is_some(),
            },
            Key {
                name: "tailscale-socket",
                about: "Where tailscaled listens; left out, where this system has it.",
                value: self.tailscale_socket().unwrap_or(Path::new("")).to_string_lossy().into(),
                is_set: self.tailscale_socket.is_some(),
            },
            Key {
                name: "shared-secret",
                about: "What devices become that know this machine's shared secret (`homie pair --secret`): viewer or operator; \
                    left out, nobody gets in by one.",
                value: self.shared_secret.as_deref().unwrap_or_default().into(),
                is_set: self.shared_secret.is_some(),
            },
        ]
    }

    fn keys_of_this_machine(&self) -> Vec<Key> {
        vec![
            Key {
                name: "port",
                about: "The port of the page on 127.0.0.1, or no start; 0 takes any free one. Left out, this one or the next that is free.",
                value: self.port().unwrap_or(DEFAULT_PORT).into(),
                is_set: self.port.is_some(),
            },
            Key {
                name: "name",
                about: "What this machine is called; left out, its host name.",
                value: self.name().into(),
                is_set: self.name.is_some(),
            },
            Key {
                name: "tags",
                about: "How this machine tags itself, for `--on tag:NAME`; `homie nodes tag` says otherwise.",
                value: self.tags().into(),
                is_set: self.tags.is_some(),
            },
            Key {
                name: "detach-key",
                about: "The key that leaves a session, named as in tmux: C-\\, C-q, M-d, F12.",
                value: self.detach_key().name().into(),
                is_set: self.detach_key.is_some(),
            },
            Key {
                name: "history-memory",
                about: "MiB of memory for what scrolled away, all sessions together; the least recently viewed give first.",
                value: (self.history_memory() / MEBIBYTE).into(),
                is_set: self.history_memory.is_some(),
            },
            Key {
                name: "clipboard",
                about: "Whether programs in a session may put texts into the clipboard of the terminal that shows it.",
                value: self.clipboard().into(),
                is_set: self.clipboard.is_some(),
            },
        ]
    }
}

/// The name of an interface, as the kernel allows them. The loopback is no network.
fn lan_interface(name: &str) -> anyhow::Result<()> {
    let is_letter = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '/';
    if name == "lo" {
        return Err(anyhow!("lan-interfaces: \"lo\" is this machine alone; `ip link` lists the others"));
    }
    if name.is_empty() || name.len() > 15 || name.starts_with('-') || !name.chars().all(is_letter) {
        return Err(anyhow!("lan-interfaces: {name:?} is no interface; `ip link` lists them"));
    }
    Ok(())
}

/// A machine of the list. Its certificate must have what stands here.
fn written(machine: &str) -> anyhow::Result<Address> {
    let address = machine.parse::<Address>().map_err(|why| anyhow!("machines: {why}"))?;
    match address.host {
        Host::Ip(IpAddr::V6(_)) => Err(anyhow!("machines: {machine:?}: write a name or an IPv4 address")),
        _ => Ok(address),
    }
}

fn role(name: &str) -> anyhow::Result<Role> {
    role_named(name).ok_or_else(|| anyhow!("ceiling: {name:?} is none of viewer, operator, owner"))
}

/// A role that may be given before anybody has seen the device.
fn approved(name: &str) -> anyhow::Result<Role> {
    let role = role_named(name).filter(|role| *role < Role::Owner);
    role.ok_or_else(|| anyhow!("shared-secret: {name:?} is neither viewer nor operator"))
}

#[cfg(test)]
mod tests;
