//! Asks tailscaled, and nothing of it.

use std::path::Path;

use homie_gateway::{Hindrance, Planned, plan_serve};
use homie_tailnet::{LocalApi, ServeConfig, Status, TailnetError, find_socket};
use homie_trust::own_uid;

use crate::doctor::facts::{Serve, TailnetFacts, Tailscaled};
use crate::settings::Settings;

/// What it says.
pub(super) async fn look(settings: &Settings, state: &Path) -> TailnetFacts {
    let asked = match find_socket(settings.tailscale_socket()) {
        Ok(socket) => ask(&LocalApi::new(socket), settings, state).await,
        Err(error) => Err(error),
    };
    asked.map_or_else(TailnetFacts::Silent, |said| TailnetFacts::Answers(Box::new(said)))
}

async fn ask(api: &LocalApi, settings: &Settings, state: &Path) -> Result<Tailscaled, TailnetError> {
    let status = api.status().await?;
    let is_own_user = api.daemon_uid().await? == own_uid();
    let serve = match api.serve_config().await {
        Ok((config, _)) if status.is_running() => Some(serve(api, &status, &config, settings, state).await),
        _ => None,
    };
    Ok(Tailscaled { status, is_own_user, serve })
}

async fn serve(api: &LocalApi, status: &Status, config: &ServeConfig, settings: &Settings, state: &Path) -> Serve {
    let plan: Result<Planned, Hindrance> =
        plan_serve(config, status, state.join("serve.sock"), settings.tailnet_port());
    let may = match &plan {
        Ok(Planned { mount, is_ready: false }) => Some(api.may_serve(mount).await),
        _ => None,
    };
    Serve { plan, may }
}
