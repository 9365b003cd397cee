//! What we want served: one port of the tailnet, all of it, from one unix socket.

use std::path::PathBuf;

/// Our port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// This machine's name in the tailnet's DNS, without a dot at its end: [`crate::Status::dns_name`].
    pub name: String,
    /// The port that the tailnet sees.
    pub port: u16,
    /// With certificates or without.
    pub scheme: Scheme,
    /// The socket that tailscaled hands requests to. Nobody else has its path, so whatever leads to it is ours.
    pub socket: PathBuf,
    /// Capabilities of the tailnet's policy that tailscaled is to name in a header.
    pub capabilities: Vec<String>,
}

/// With certificates or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// TLS with the tailnet's certificate.
    Https,
    /// Nothing but the tailnet's own encryption; browsers take the page for insecure.
    Http,
}

impl Scheme {
    /// As Tailscale's command calls it.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }

    /// As the configuration calls it.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Https => "HTTPS",
            Self::Http => "HTTP",
        }
    }
}

impl Mount {
    /// The command that does the same as [`crate::LocalApi::serve`], for who needs root for it.
    pub fn command(&self) -> String {
        let capabilities = match self.capabilities.as_slice() {
            [] => String::new(),
            capabilities => format!(" --accept-app-caps={}", quote(&capabilities.join(","))),
        };
        let (flag, port, target) = (self.scheme.flag(), self.port, quote(&self.target()));
        format!("sudo tailscale serve --bg --{flag}={port}{capabilities} {target}")
    }

    /// The command that does the same as [`crate::LocalApi::unserve`].
    pub fn off_command(&self) -> String {
        format!("sudo tailscale serve --{}={} off", self.scheme.flag(), self.port)
    }

    pub(super) fn target(&self) -> String {
        format!("unix:{}", self.socket.display())
    }

    /// The site's key in the configuration.
    pub(super) fn site(&self) -> String {
        format!("{}:{}", self.name, self.port)
    }
}

/// For a shell: as it is if nothing in it means anything to one.
fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:,=".contains(c);
    if word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(socket: &str, capabilities: &[&str]) -> Mount {
        let capabilities = capabilities.iter().map(ToString::to_string).collect();
        Mount {
            name: "gw.tail.test".to_owned(),
            port: 4663,
            scheme: Scheme::Https,
            socket: socket.into(),
            capabilities,
        }
    }

    #[test]
    fn the_commands_are_tailscales() {
        let plain = mount("/run/user/1000/x.sock", &[]);
        assert_eq!(plain.command(), "sudo tailscale serve --bg --https=4663 unix:/run/user/1000/x.sock");
        assert_eq!(plain.off_command(), "sudo tailscale serve --https=4663 off");
        let odd = Mount { scheme: Scheme::Http, ..mount("/a dir/it's", &["x.com/cap/a", "x.com/cap/b"]) };
        let expected =
            r"sudo tailscale serve --bg --http=4663 --accept-app-caps=x.com/cap/a,x.com/cap/b 'unix:/a dir/it'\''s'";
        assert_eq!(odd.command(), expected);
    }
}
