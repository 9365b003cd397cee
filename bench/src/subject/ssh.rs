//! An sshd of our own on loopback, with throw-away keys; behind it the program itself, or tmux.

use std::collections::HashMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::tmux::Tmux;
use super::{Server, Terminal, Want};
use crate::process;
use crate::stage::Stage;
use crate::view::View;

/// Where Debian's sshd wants an empty folder when it runs as root.
const EMPTY: &str = "/run/sshd";

pub(crate) struct Ssh {
    sshd: Child,
    settings: PathBuf,
    folder: PathBuf,
    scripts: HashMap<String, PathBuf>,
    tmux: Option<Tmux>,
    made_empty: bool,
}

impl Ssh {
    pub(crate) fn start(stage: &Stage, folder: &Path, with_tmux: bool) -> anyhow::Result<Self> {
        for name in ["host", "user"] {
            make_key(&folder.join(name))?;
        }
        fs::rename(folder.join("user.pub"), folder.join("authorized"))?;
        fs::set_permissions(folder.join("authorized"), fs::Permissions::from_mode(0o600))?;
        let made_empty = rustix::process::geteuid().is_root() && !Path::new(EMPTY).exists();
        if made_empty {
            fs::DirBuilder::new().mode(0o755).create(EMPTY).context(EMPTY)?;
        }
        let port = free_port()?;
        fs::write(folder.join("sshd_config"), server_settings(folder, port))?;
        fs::write(folder.join("ssh_config"), client_settings(folder, port))?;
        let sshd = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(folder.join("sshd_config"))
            .stdin(Stdio::null())
            .stderr(fs::File::create(folder.join("sshd.log"))?)
            .spawn()
            .context("sshd")?;
        let tmux = with_tmux.then(|| Tmux::start(stage, folder)).transpose()?;
        let settings = folder.join("ssh_config");
        let ssh = Self { sshd, settings, folder: stage.folder.clone(), scripts: HashMap::new(), tmux, made_empty };
        wait_for(port).with_context(|| fs::read_to_string(folder.join("sshd.log")).unwrap_or_default())?;
        Ok(ssh)
    }
}

impl Server for Ssh {
    fn start(&mut self, session: &str, script: &str) -> anyhow::Result<()> {
        match &mut self.tmux {
            Some(tmux) => tmux.start(session, script),
            None => {
                self.scripts.insert(session.to_owned(), self.folder.join(script));
                Ok(())
            }
        }
    }

    fn look(&mut self, session: &str, _want: Want) -> anyhow::Result<Box<dyn View>> {
        let remote = match &self.tmux {
            Some(tmux) => format!("exec {}", tmux.attach(session)?.join(" ")),
            None => format!("exec {}", self.scripts.get(session).context("no such session")?.display()),
        };
        let settings = self.settings.to_str().context("path")?;
        Terminal::parked(&["ssh", "-F", settings, "-tt", "bench", &remote], &[])
    }

    fn roots(&self) -> anyhow::Result<Vec<u32>> {
        let mut roots = vec![self.sshd.id()];
        if let Some(tmux) = &self.tmux {
            roots.extend(tmux.roots()?);
        }
        Ok(roots)
    }

    fn needs_viewers(&self) -> bool {
        true
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        process::end(&[self.sshd.id()]);
        // It is dead; this only takes notice.
        let _ = self.sshd.wait();
        if self.made_empty {
            // A server that has been started meanwhile keeps it.
            let _ = fs::remove_dir(EMPTY);
        }
    }
}

fn make_key(path: &Path) -> anyhow::Result<()> {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status()?;
    if made.success() { Ok(()) } else { bail!("ssh-keygen failed") }
}

/// Somebody else may take it before sshd does; then sshd says so.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn server_settings(folder: &Path, port: u16) -> String {
    let at = folder.display();
    format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host\nAuthorizedKeysFile {at}/authorized\nUsePAM no\n\
         StrictModes no\nPidFile none\nMaxStartups 300\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n\
         PrintMotd no\nPrintLastLog no\nSetEnv LC_ALL=C.UTF-8\n"
    )
}

fn client_settings(folder: &Path, port: u16) -> String {
    let at = folder.display();
    format!(
        "Host bench\nHostName 127.0.0.1\nPort {port}\nIdentityFile {at}/user\nIdentitiesOnly yes\n\
         StrictHostKeyChecking no\nUserKnownHostsFile {at}/known\nLogLevel ERROR\nEscapeChar none\n"
    )
}

fn wait_for(port: u16) -> anyhow::Result<()> {
    let until = Instant::now() + Duration::from_secs(10);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > until {
            bail!("sshd does not answer");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
