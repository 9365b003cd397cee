//! The door to the internet, as the settings write it and as `homie up` says it: a page with a certificate of one's own, off until somebody
//! writes all that belongs to it.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use homie_gateway::{Gateway, Hindrance, PUBLIC_DOORS, PairFiles, PublicConfig};
use homie_protocol::hello::Role;
use homie_trust::{PublicDoor, public_origin};

use crate::doors::say_hindrance;
use crate::outcome::say;

/// Before where it is.
pub(crate) const PUBLIC: &str = "On the internet: ";

/// The kind of hindrance that root is, for programs.
pub(crate) const ROOT: &str = "public-root";

/// The kind of hindrance that a certificate is which cannot be shown.
pub(crate) const CERTIFICATE: &str = "public-certificate";

/// What belongs together in the settings.
const KEYS: [&str; 4] = ["public-origin", "public-listen", "public-certificate", "public-key"];

/// What the settings say of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written<'a> {
    pub(crate) origin: Option<&'a String>,
    pub(crate) listen: Option<&'a [String]>,
    pub(crate) certificate: Option<&'a PathBuf>,
    pub(crate) key: Option<&'a PathBuf>,
}

/// Says where it is, and what is wrong with its certificate.
pub(crate) fn say_open(config: &PublicConfig, gateway: &Gateway) {
    if let Some(door) = gateway.public() {
        say(&format!("{PUBLIC}{}", in_words(door)));
        if let Err(bad) = config.files.look(&config.name) {
            say_hindrance(&unshown(&config.files, &bad.to_string()));
        }
    }
}

/// What browsers open, and where it listens.
pub(crate) fn in_words(door: &PublicDoor) -> String {
    let listening: Vec<_> = door.listening.iter().map(ToString::to_string).collect();
    format!("{}/ (at {}; devices of the mesh, by their keys)", door.origin, listening.join(" "))
}

/// Root opens no door that nobody has asked root for.
pub(crate) fn root() -> Hindrance {
    Hindrance {
        kind: ROOT,
        sentence: "Homie runs as root, so it opens no door to the internet.".to_owned(),
        command: "homie up --allow-root".to_owned(),
    }
}

/// There is nothing to show, or nothing new.
pub(crate) fn unshown(files: &PairFiles, why: &str) -> Hindrance {
    Hindrance {
        kind: CERTIFICATE,
        sentence: format!("The certificate for the internet is not taken: {why}."),
        command: format!("ls -lL '{}' '{}'", files.certificate.display(), files.key.display()),
    }
}

impl Written<'_> {
    /// All of it or nothing.
    pub(crate) fn read(&self, highest: Role) -> anyhow::Result<Option<PublicConfig>> {
        let Self { origin, listen, certificate, key } = *self;
        let (Some(origin), Some(listen), Some(certificate), Some(key)) = (origin, listen, certificate, key) else {
            return self.nothing();
        };
        let name = name(origin)?;
        let listen = listening(listen)?;
        let files =
            PairFiles { certificate: whole("public-certificate", certificate)?, key: whole("public-key", key)? };
        Ok(Some(PublicConfig { origin: origin.clone(), name, listen, files, highest }))
    }

    fn nothing(&self) -> anyhow::Result<Option<PublicConfig>> {
        let is_there = [self.origin.is_some(), self.listen.is_some(), self.certificate.is_some(), self.key.is_some()];
        let missing: Vec<_> =
            KEYS.iter().zip(is_there).filter(|(_, is_there)| !is_there).map(|(key, _)| *key).collect();
        if missing.len() == KEYS.len() {
            return Ok(None);
        }
        Err(anyhow!("{} belong together; write {} as well, or leave all four out", KEYS.join(", "), missing.join(", ")))
    }
}

/// The name in an origin, written as browsers write it.
fn name(origin: &str) -> anyhow::Result<String> {
    let wrong = || {
        anyhow!(
            "public-origin: {origin:?} is no such address; https://home.example.org is, and https://home.example.org:8443: in small letters, \
             with nothing behind"
        )
    };
    let (scheme, authority) = public_origin(origin).ok_or_else(wrong)?;
    if scheme != "https" {
        return Err(wrong());
    }
    let (name, port) = authority.rsplit_once(':').map_or((authority, None), |(name, port)| (name, Some(port)));
    if port == Some("443") {
        return Err(anyhow!("public-origin: browsers leave :443 out; write https://{name}"));
    }
    if name.starts_with('[') || name.parse::<IpAddr>().is_ok() || !name.contains('.') {
        return Err(anyhow!("public-origin: {name} is no name that an authority signs for; home.example.org is"));
    }
    Ok(name.to_owned())
}

fn listening(written: &[String]) -> anyhow::Result<Vec<SocketAddr>> {
    let read = |text: &String| {
        let address = text.parse::<SocketAddr>().ok().filter(|address| address.port() > 0);
        address.ok_or_else(|| {
            anyhow!("public-listen: {text:?} is no address and port of this machine; 0.0.0.0:443 and [::]:443 are")
        })
    };
    if written.is_empty() {
        return Err(anyhow!("public-listen: an address and a port: 0.0.0.0:443 are all of IPv4, [::]:443 all of IPv6"));
    }
    if written.len() > PUBLIC_DOORS {
        return Err(anyhow!("public-listen: at most {PUBLIC_DOORS}"));
    }
    written.iter().map(read).collect()
}

/// A service has another working directory than the shell in which somebody has tried it.
fn whole(key: &str, path: &Path) -> anyhow::Result<PathBuf> {
    let example = if key == "public-key" { "privkey.pem" } else { "fullchain.pem" };
    let wrong = || anyhow!("{key}: write the whole path: /etc/letsencrypt/live/home.example.org/{example}");
    path.is_absolute().then(|| path.to_owned()).ok_or_else(wrong)
}
