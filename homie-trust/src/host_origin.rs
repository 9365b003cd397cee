//! Which names a client may have dialled and from which pages: exact lists. Comparing Host with Origin would not do,
//! because a name that an attacker points at us has both alike.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{ClientKind, Hello};
use homie_protocol::id::NodeId;

use crate::gateway_file::GatewayFile;
use crate::via::Via;

/// The lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostOrigin {
    hosts: Vec<String>,
    origins: Vec<String>,
    /// Pages of other machines of the mesh, where those are let in.
    pages: Vec<String>,
}

/// What an HTTP request said, and the lists allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The authority it dialled.
    pub host: String,
    /// The page it came from; programs have none.
    pub origin: Option<String>,
}

impl HostOrigin {
    /// These names and no others.
    pub fn new(hosts: Vec<String>, origins: Vec<String>) -> Self {
        Self { hosts, origins, pages: Vec::new() }
    }

    /// Of a door for programs that know this machine by its id: it has no page.
    pub fn of_id(machine: NodeId) -> Self {
        Self::new(vec![machine.to_string()], Vec::new())
    }

    /// And these pages, which other machines of the mesh have served.
    #[must_use]
    pub fn with_pages<'a>(self, pages: impl Iterator<Item = &'a str>) -> Self {
        Self { pages: pages.map(str::to_owned).collect(), ..self }
    }

    /// What stands between us and a caller from this page: another machine, if that has served it.
    pub fn via(&self, origin: Option<&str>) -> Option<Via> {
        let origin = origin.filter(|origin| !is_in(&self.origins, origin) && is_in(&self.pages, origin))?;
        Some(Via::Page(origin.to_owned()))
    }

    /// Refuses any host that is not in the list.
    pub fn host(&self, host: &str) -> Result<(), Refusal> {
        if is_in(&self.hosts, host) { Ok(()) } else { Err(refused_host()) }
    }

    /// Checks a request, given every value of its headers Host and Origin: one host, at most one origin, both listed.
    ///
    /// Browsers send an origin with every upgrade, so one without is a program's; the hello holds it to that.
    pub fn http(&self, hosts: &[&[u8]], origins: &[&[u8]]) -> Result<Seen, Refusal> {
        let [host] = hosts else { return Err(refused_host()) };
        let host = std::str::from_utf8(host).map_err(|_| refused_host())?;
        self.host(host)?;
        let origin = match origins {
            [] => None,
            [origin] => {
                let origin = std::str::from_utf8(origin).map_err(|_| refused_origin())?;
                self.origin(origin)?;
                Some(origin.to_owned())
            }
            _ => return Err(refused_origin()),
        };
        Ok(Seen { host: host.to_owned(), origin })
    }

    /// Checks what a greeting says; the command line alone has no origin.
    pub fn hello(&self, hello: &Hello) -> Result<(), Refusal> {
        self.host(&hello.host)?;
        match (&hello.origin, hello.kind) {
            (Some(origin), ClientKind::Web | ClientKind::Phone | ClientKind::Cli) => self.origin(origin),
            (None, ClientKind::Cli) => Ok(()),
            (None, ClientKind::Web | ClientKind::Phone) => Err(refused_origin()),
        }
    }

    fn origin(&self, origin: &str) -> Result<(), Refusal> {
        let is_allowed = is_in(&self.origins, origin) || is_in(&self.pages, origin);
        if is_allowed { Ok(()) } else { Err(refused_origin()) }
    }
}

impl From<&GatewayFile> for HostOrigin {
    fn from(file: &GatewayFile) -> Self {
        Self::new(file.hosts.clone(), file.origins.clone())
    }
}

fn is_in(list: &[String], word: &str) -> bool {
    list.iter().any(|allowed| allowed == word)
}

fn refused_host() -> Refusal {
    Refusal::new(Code::Origin, "host: not a name of this machine; open the address that homie printed")
}

fn refused_origin() -> Refusal {
    Refusal::new(Code::Origin, "origin: not a page of this machine; open the address that homie printed")
}

#[cfg(test)]
#[path = "host_origin_tests.rs"]
mod tests;
