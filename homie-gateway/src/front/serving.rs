//! The door behind Tailscale Serve: which port of it leads to `serve.sock`, and how to get one as a good tenant.

use std::path::PathBuf;

use homie_tailnet::{LocalApi, Mount, Obstacle, Scheme, ServeConfig, Standing, Status, TailnetError};

use super::report::Hindrance;
use crate::limits::PORTS_TRIED;

/// A port of Serve that leads to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) mount: Mount,
    /// Whether we have added it, and so take it away again.
    pub(super) is_added: bool,
}

/// A port of Serve, before anything is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// It.
    pub mount: Mount,
    /// Whether it leads to us already.
    pub is_ready: bool,
}

/// Finds our port, or adds it.
pub(super) async fn serve(api: &LocalApi, status: &Status, socket: PathBuf, wanted: u16) -> Result<Served, Hindrance> {
    let (config, _) = api.serve_config().await.map_err(|error| Hindrance::no_tailscaled(&error))?;
    let mount = match plan_serve(&config, status, socket, wanted)? {
        Planned { mount, is_ready: true } => return Ok(Served { mount, is_added: false }),
        Planned { mount, is_ready: false } => mount,
    };
    match api.serve(&mount).await {
        Ok(is_added) => Ok(Served { mount, is_added }),
        Err(TailnetError::NeedsAdmin { .. } | TailnetError::Denied { .. }) => Err(Hindrance::needs_root(&mount)),
        Err(error) => Err(Hindrance::in_the_way(&error)),
    }
}

/// The port of Serve that is ours or could be, or what is in its way. Asks nobody and changes nothing.
pub fn plan_serve(config: &ServeConfig, status: &Status, socket: PathBuf, wanted: u16) -> Result<Planned, Hindrance> {
    let template = template(status, socket, wanted);
    if let Some(mount) = ready(config, &template) {
        return Ok(Planned { mount, is_ready: true });
    }
    if status.cert_domains.is_empty() {
        return Err(Hindrance::https_off(&template.name));
    }
    let mount = free(config, &template).map_err(|obstacle| Hindrance::in_the_way(&obstacle.into()))?;
    Ok(Planned { mount, is_ready: false })
}

/// The ports that we may listen on ourselves: not those of Serve, which takes what comes to them before the system does. What
/// must not be there is in the way, as it is of Serve.
pub(super) fn unserved(
    config: &ServeConfig,
    status: &Status,
    socket: PathBuf,
    wanted: u16,
) -> Result<Vec<u16>, Hindrance> {
    let template = template(status, socket, wanted);
    free(config, &template).map_err(|obstacle| Hindrance::in_the_way(&obstacle.into()))?;
    let is_free = |port: &u16| config.standing(&Mount { port: *port, ..template.clone() }) == Ok(Standing::Absent);
    Ok(ports(wanted).filter(is_free).collect())
}

fn template(status: &Status, socket: PathBuf, port: u16) -> Mount {
    let name = status.dns_name().unwrap_or_default().to_owned();
    Mount { name, port, scheme: Scheme::Https, socket, capabilities: Vec::new() }
}

/// A port that leads to us already, with certificates or, if somebody wanted that, without.
fn ready(config: &ServeConfig, template: &Mount) -> Option<Mount> {
    let all = ports(template.port)
        .flat_map(|port| [Scheme::Https, Scheme::Http].map(|scheme| Mount { port, scheme, ..template.clone() }));
    all.into_iter().find(|mount| config.standing(mount) == Ok(Standing::Ready))
}

/// The first port that nobody has. What is on ours and must not be there is in the way, whatever else is free.
fn free(config: &ServeConfig, template: &Mount) -> Result<Mount, Obstacle> {
    let mut first = None;
    for port in ports(template.port) {
        let mount = Mount { port, ..template.clone() };
        match config.standing(&mount) {
            Ok(_) => return Ok(mount),
            Err(taken @ (Obstacle::Taken { .. } | Obstacle::OtherName { .. } | Obstacle::Foreground { .. })) => {
                first.get_or_insert(taken);
            }
            Err(obstacle) => return Err(obstacle),
        }
    }
    Err(first.unwrap_or(Obstacle::Unreadable("TCP")))
}

fn ports(wanted: u16) -> impl Iterator<Item = u16> {
    wanted..=wanted.saturating_add(PORTS_TRIED)
}
