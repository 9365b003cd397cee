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

/// Finds our port, or adds it.
pub(super) async fn serve(api: &LocalApi, status: &Status, socket: PathBuf, wanted: u16) -> Result<Served, Hindrance> {
    let name = status.dns_name().unwrap_or_default().to_owned();
    let template = Mount { name, port: wanted, scheme: Scheme::Https, socket, capabilities: Vec::new() };
    let (config, _) = api.serve_config().await.map_err(|error| Hindrance::no_tailscaled(&error))?;
    if let Some(mount) = ready(&config, &template) {
        return Ok(Served { mount, is_added: false });
    }
    if status.cert_domains.is_empty() {
        return Err(Hindrance::https_off(&template.name));
    }
    let mount = free(&config, &template).map_err(|obstacle| Hindrance::in_the_way(&obstacle.into()))?;
    match api.serve(&mount).await {
        Ok(is_added) => Ok(Served { mount, is_added }),
        Err(TailnetError::NeedsAdmin { .. } | TailnetError::Denied { .. }) => Err(Hindrance::needs_root(&mount)),
        Err(error) => Err(Hindrance::in_the_way(&error)),
    }
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
