//! `homie pair`: lets one more device in. Here by a link, elsewhere by a QR code or a six-digit code; then whoever sits at
//! this machine types the digits that the device shows.

use std::io::IsTerminal;

use homie_protocol::methods::pairing::{Offer, OfferOutput, OfferParams, OfferedWay};
use homie_trust::GatewayFile;

use crate::cli::PairOptions;
use crate::front::{Front, with_front};
use crate::home;
use crate::outcome::{self, Outcome, say, say_json};

mod decide;
mod here;
mod person;
mod picture;
mod public;
mod secret;

pub(crate) use decide::approve;
pub(crate) use here::is_ours;

/// Pairs.
pub(crate) fn pair(options: &PairOptions) -> Outcome {
    if options.way.here {
        return here::pair_here(options.json);
    }
    if options.way.public {
        return public::pair_from_internet(options);
    }
    if options.way.secret {
        return secret::pair_by_secret(options);
    }
    with_front(async |front| pair_elsewhere(&front, options).await)
}

/// Shows a QR code where `homie up` runs in a terminal and other devices can come: one that leads them to themselves
/// would help nobody.
pub(crate) async fn invite() -> anyhow::Result<()> {
    let is_reachable = GatewayFile::read(&home::state()?)?.is_some_and(|gateway| gateway.is_for_others());
    if !is_reachable || !std::io::stdout().is_terminal() {
        return Ok(());
    }
    let front = Front::connect().await.map_err(outcome::error)?;
    let offer = front.ask::<Offer>(&OfferParams { way: OfferedWay::Qr }).await.map_err(outcome::error)?;
    show(&offer).map_err(outcome::error)?;
    say("`homie approve` takes the digits that it shows; `homie pair` makes another code.");
    Ok(())
}

async fn pair_elsewhere(front: &Front, options: &PairOptions) -> Outcome {
    let way = if options.way.code { OfferedWay::Code } else { OfferedWay::Qr };
    let offer = front.ask::<Offer>(&OfferParams { way }).await?;
    if let Some(path) = &options.svg {
        picture::write_svg(&offer.link, path)?;
    }
    if options.json {
        return say_json(&offer);
    }
    show(&offer)?;
    if let Some(path) = &options.svg {
        say(&format!("The picture is in {}.", path.display()));
    }
    decide::wait_and_decide(front, offer.id, options.role).await
}

fn show(offer: &OfferOutput) -> Outcome {
    let minutes = offer.valid_ms / 60_000;
    if let Some(code) = &offer.code {
        say(&format!("Code: {}", code.grouped()));
        say(&format!("Open {} on the new device and type it there, within {minutes} minutes.", offer.link));
    } else {
        picture::show(&offer.link)?;
        say(&offer.link);
        say(&format!("Scan this with the new device, or open the address there, within {minutes} minutes."));
    }
    Ok(())
}
