//! An sshd of our own on loopback or on another host, with throw-away keys; behind it the program itself, or tmux.

use std::collections::HashMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use homie_tailnet_lab::host::Who;

use super::tmux::Tmux;
use super::{Errand, Link, Server, Terminal, Want};
use crate::process;
use crate::stage::Stage;
use crate::tailnet::Tailnet;
use crate::view::View;

/// Where Debian's sshd wants an empty folder when it runs as root.
const EMPTY: &str = "/run/sshd";

/// Its port on another host, where nothing else listens.
const FAR_PORT: u16 = 9022;

pub(crate) struct Ssh {
    sshd: Child,
    settings: PathBuf,
    folder: PathBuf,
    scripts: HashMap<String, PathBuf>,
    tmux: Option<Tmux>,
    made_empty: bool,
    tailnet: Option<Arc<Tailnet>>,
}

impl Ssh {
    pub(crate) fn start(stage: &Stage, folder: &Path, with_tmux: bool) -> anyhow::Result<Self> {
        let made_empty = rustix::process::geteuid().is_root() && !Path::new(EMPTY).exists();
        if made_empty {
            fs::DirBuilder::new().mode(0o755).create(EMPTY).context(EMPTY)?;
        }
        let port = free_port()?;
        furnish(folder, "127.0.0.1", port, "")?;
        let sshd = listen(Command::new("/usr/sbin/sshd"), folder)?;
        let mut ssh = Self::new(sshd, stage, folder, None);
        ssh.made_empty = made_empty;
        ssh.tmux = with_tmux.then(|| Tmux::start(stage, folder)).transpose()?;
        wait_for(folder, || Ok(TcpStream::connect(("127.0.0.1", port))?))?;
        Ok(ssh)
    }

    /// On another host, for its person, who comes from the near one.
    pub(crate) fn far(stage: &Stage, folder: &Path, tailnet: &Arc<Tailnet>) -> anyhow::Result<Self> {
        let (near, far) = (&tailnet.near, &tailnet.far);
        far.run(Who::Root, &["mkdir", "-p", EMPTY])?;
        furnish(folder, &tailnet.address.to_string(), FAR_PORT, &format!("User {}\n", far.person()?))?;
        chown(folder.join("user"), Some(near.uid(Who::Person)?), None)?;
        let sshd = listen(far.command(Who::Root, &["/usr/sbin/sshd"]), folder)?;
        let ssh = Self::new(sshd, stage, folder, Some(Arc::clone(tailnet)));
        wait_for(folder, || tailnet.dial(FAR_PORT))?;
        Ok(ssh)
    }

    fn new(sshd: Child, stage: &Stage, folder: &Path, tailnet: Option<Arc<Tailnet>>) -> Self {
        let (settings, folder) = (folder.join("ssh_config"), stage.folder.clone());
        Self { sshd, settings, folder, scripts: HashMap::new(), tmux: None, made_empty: false, tailnet }
    }
}

impl Ssh {
    /// A client, parked, with a command for the other side.
    fn by_ssh(&self, remote: &str) -> anyhow::Result<Box<dyn View>> {
        let settings = self.settings.to_str().context("path")?;
        let words = ["ssh", "-F", settings, "-tt", "bench", remote];
        match &self.tailnet {
            Some(tailnet) => Terminal::parked_on(&tailnet.near, &words),
            None => Terminal::parked(&words, &[]),
        }
    }
}

impl Server for Ssh {
    fn start(&mut self, session: &str, script: &str) -> anyhow::Result<()> {
        if let Some(tmux) = &mut self.tmux {
            return tmux.start(session, script);
        }
        self.scripts.insert(session.to_owned(), self.folder.join(script));
        Ok(())
    }

    fn look(&mut self, session: &str, _want: Want) -> anyhow::Result<Box<dyn View>> {
        let remote = match &self.tmux {
            Some(tmux) => format!("exec {}", tmux.attach(session)?.join(" ")),
            None => format!("exec {}", self.scripts.get(session).context("no such session")?.display()),
        };
        self.by_ssh(&remote)
    }

    fn run(&mut self, errand: Errand, session: &str) -> anyhow::Result<Box<dyn View>> {
        let tmux = self.tmux.as_ref().context("nothing keeps its sessions")?;
        self.by_ssh(&format!("exec {}", tmux.errand(errand, session)?.join(" ")))
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

    fn links(&self) -> &'static [Link] {
        self.tailnet.as_ref().map_or(&[], |_| &Link::ALL[..1])
    }

    fn narrow(&self, link: &Link) -> anyhow::Result<()> {
        self.tailnet.as_ref().context("it is on this machine")?.narrow(link)
    }

    fn widen(&self) -> anyhow::Result<()> {
        self.tailnet.as_ref().map_or(Ok(()), |tailnet| tailnet.widen())
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

/// Keys and settings of both sides.
fn furnish(folder: &Path, address: &str, port: u16, user: &str) -> anyhow::Result<()> {
    for name in ["host", "user"] {
        make_key(&folder.join(name))?;
    }
    fs::rename(folder.join("user.pub"), folder.join("authorized"))?;
    fs::write(folder.join("sshd_config"), server_settings(folder, address, port))?;
    Ok(fs::write(folder.join("ssh_config"), client_settings(folder, address, port) + user)?)
}

fn make_key(path: &Path) -> anyhow::Result<()> {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status()?;
    if made.success() { Ok(()) } else { bail!("ssh-keygen failed") }
}

/// Somebody else may take it before sshd does; then sshd says so.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn server_settings(folder: &Path, address: &str, port: u16) -> String {
    let at = folder.display();
    format!(
        "Port {port}\nListenAddress {address}\nHostKey {at}/host\nAuthorizedKeysFile {at}/authorized\nUsePAM no\n\
         StrictModes no\nPidFile none\nMaxStartups 300\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n\
         PrintMotd no\nPrintLastLog no\nSetEnv LC_ALL=C.UTF-8\n"
    )
}

fn client_settings(folder: &Path, address: &str, port: u16) -> String {
    let at = folder.display();
    format!(
        "Host bench\nHostName {address}\nPort {port}\nIdentityFile {at}/user\nIdentitiesOnly yes\n\
         StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\nEscapeChar none\n"
    )
}

/// Starts the server; the command leads to it.
fn listen(mut command: Command, folder: &Path) -> anyhow::Result<Child> {
    command.args(["-D", "-e", "-f"]).arg(folder.join("sshd_config")).stdin(Stdio::null());
    command.stderr(fs::File::create(folder.join("sshd.log"))?).spawn().context("sshd")
}

fn wait_for(folder: &Path, dial: impl Fn() -> anyhow::Result<TcpStream>) -> anyhow::Result<()> {
    let until = Instant::now() + Duration::from_secs(10);
    while dial().is_err() {
        if Instant::now() > until {
            bail!("sshd does not answer: {}", fs::read_to_string(folder.join("sshd.log")).unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
