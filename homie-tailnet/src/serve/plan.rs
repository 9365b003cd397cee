//! From the configuration that is to the one that we want: with our port, or without it, and with all else as it was.

use serde_json::{Map, Value, json};

use super::config::{ServeConfig, Site, funnels, handler, section, sites};
use super::mount::{Mount, Scheme};
use super::obstacle::Obstacle;

/// How our port stands in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is as we want it.
    Ready,
    /// It is ours, and not quite as we want it.
    Differs,
    /// It is free.
    Absent,
}

impl ServeConfig {
    /// How our port stands, or what is in its way.
    pub fn standing(&self, mount: &Mount) -> Result<Standing, Obstacle> {
        let port = mount.port;
        if funnels(&self.0, port)? {
            return Err(Obstacle::Funnel { port });
        }
        if is_in_a_terminal(&self.0, port)? {
            return Err(Obstacle::Foreground { port });
        }
        let found = handler(&self.0, port)?.map(|open| web_type(open, port)).transpose()?;
        let sites = sites(&self.0, port)?;
        let flag = found.unwrap_or(mount.scheme).flag();
        if found.is_some() && sites.is_empty() {
            return Err(Obstacle::Taken { port, by: "somebody who has nothing there yet".to_owned(), flag });
        }
        sites.iter().try_for_each(|site| ours(site, mount, flag))?;
        if found.is_some_and(|found| found != mount.scheme) {
            return Err(Obstacle::OtherType { port, found: flag });
        }
        let site = sites.iter().find(|site| site.key == mount.site());
        Ok(match (found, site) {
            (Some(_), Some(site)) if has_our_capabilities(site, mount) => Standing::Ready,
            (_, Some(_)) => Standing::Differs,
            (_, None) => Standing::Absent,
        })
    }

    /// The configuration with our port; nothing if it has it already.
    pub fn with(&self, mount: &Mount) -> Result<Option<Self>, Obstacle> {
        if self.standing(mount)? == Standing::Ready {
            return Ok(None);
        }
        let mut config = self.clone();
        if handler(&self.0, mount.port)?.is_none() {
            let handler = json!({ mount.scheme.field(): true });
            inner(&mut config.0, "TCP", "TCP")?.insert(mount.port.to_string(), handler);
        }
        let site = inner(inner(&mut config.0, "Web", "Web")?, &mount.site(), "Web")?;
        let root = inner(inner(site, "Handlers", "Handlers")?, "/", "Handlers")?;
        root.insert("Proxy".to_owned(), mount.target().into());
        root.remove("AcceptAppCaps");
        if !mount.capabilities.is_empty() {
            root.insert("AcceptAppCaps".to_owned(), json!(mount.capabilities));
        }
        Ok(Some(config))
    }

    /// The configuration without anything that leads to our socket on our port; nothing if there is nothing. This also
    /// finds what we have added under a former name of this machine.
    pub fn without(&self, mount: &Mount) -> Result<Option<Self>, Obstacle> {
        let all = sites(&self.0, mount.port)?;
        let ours: Vec<&Site<'_>> = all.iter().filter(|site| leads_to_us(site.handlers.get("/"), mount)).collect();
        if ours.is_empty() {
            return Ok(None);
        }
        let mut config = self.clone();
        let web = inner(&mut config.0, "Web", "Web")?;
        let mut left = all.len();
        for site in ours {
            let others = inner(inner(web, site.key, "Web")?, "Handlers", "Handlers")?;
            others.remove("/");
            if others.is_empty() {
                web.remove(site.key);
                left -= 1;
            }
        }
        if left == 0 {
            inner(&mut config.0, "TCP", "TCP")?.retain(|key, _| key.parse() != Ok(mount.port));
        }
        config.0.retain(|name, value| !(["TCP", "Web"].contains(&name.as_str()) && *value == json!({})));
        Ok(Some(config))
    }
}

/// A configuration in the foreground lives as long as the command that made it.
fn is_in_a_terminal(config: &Map<String, Value>, port: u16) -> Result<bool, Obstacle> {
    for session in section(config, "Foreground")?.values() {
        let session = session.as_object().ok_or(Obstacle::Unreadable("Foreground"))?;
        if handler(session, port)?.is_some() || !sites(session, port)?.is_empty() || funnels(session, port)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A port has one type for all names.
fn web_type(open: &Map<String, Value>, port: u16) -> Result<Scheme, Obstacle> {
    let found = [Scheme::Https, Scheme::Http].into_iter().find(|scheme| open.get(scheme.field()) == Some(&true.into()));
    found.ok_or_else(|| {
        let to = open.get("TCPForward").and_then(Value::as_str).unwrap_or("something that is no web page");
        Obstacle::Taken { port, by: to.to_owned(), flag: "tcp" }
    })
}

/// A site is ours if its root leads to our socket and nothing else is on it.
fn ours(site: &Site<'_>, mount: &Mount, flag: &'static str) -> Result<(), Obstacle> {
    let port = mount.port;
    if site.key != mount.site() && !leads_to_us(site.handlers.get("/"), mount) {
        return Err(Obstacle::OtherName { port, name: site.name.to_owned(), flag });
    }
    for (path, handler) in site.handlers {
        match path.as_str() {
            "/" if leads_to_us(Some(handler), mount) => {}
            "/" => return Err(Obstacle::Taken { port, by: target(handler), flag }),
            path => return Err(Obstacle::ForeignMount { port, path: path.to_owned(), by: target(handler), flag }),
        }
    }
    Ok(())
}

fn leads_to_us(handler: Option<&Value>, mount: &Mount) -> bool {
    let proxy = handler.and_then(|handler| handler.get("Proxy")).and_then(Value::as_str);
    proxy == Some(&mount.target())
}

fn has_our_capabilities(site: &Site<'_>, mount: &Mount) -> bool {
    let accepted = site.handlers.get("/").and_then(|root| root.get("AcceptAppCaps"));
    let accepted = accepted.filter(|accepted| !accepted.is_null()).cloned().unwrap_or_else(|| json!([]));
    leads_to_us(site.handlers.get("/"), mount) && accepted == json!(mount.capabilities)
}

/// Where a handler leads, for reading.
fn target(handler: &Value) -> String {
    let mut kinds = ["Proxy", "Path", "Redirect", "Text"].into_iter();
    kinds
        .find_map(|kind| handler.get(kind)?.as_str().map(|target| format!("{} {target}", kind.to_lowercase())))
        .unwrap_or_else(|| "something unknown".to_owned())
}

/// The part of that name, made if there is none.
fn inner<'a>(
    of: &'a mut Map<String, Value>,
    name: &str,
    section: &'static str,
) -> Result<&'a mut Map<String, Value>, Obstacle> {
    let value = of.entry(name).or_insert(Value::Null);
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().ok_or(Obstacle::Unreadable(section))
}
