//! The first `homie up` in a terminal asks whose machine this is. Nothing is ever inferred: tailscaled's login for the machine is
//! proposed, and a person accepts it or says another. Without a terminal nothing is asked.

use std::io::{self, BufRead, IsTerminal, Write};
use std::net::SocketAddr;

use homie_tailnet::{LocalApi, find_socket};
use homie_trust::{OwnerFile, StateDir};

use crate::cli::TailnetOptions;
use crate::doors::WHAT_TRUST_MEANS;
use crate::outcome::say;
use crate::settings::Settings;
use crate::{here, home};

/// What somebody says who wants nobody to come in from elsewhere.
const NOBODY: &str = "-";

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
struct Answers {
    owner: Option<String>,
    trust_tailnet: bool,
}

/// Asks, if this is the first time and somebody sits there, and writes the answers down.
pub(crate) fn ask_whose(options: &TailnetOptions, settings: &Settings) -> anyhow::Result<()> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Ok(());
    }
    let state = home::state()?;
    let said = OwnerFile::read(&state)?;
    let is_known = options.owner.is_some() || settings.owner().is_some() || said.owner.is_some();
    if is_known || said.was_asked {
        return Ok(());
    }
    let is_answered = options.trust_tailnet.or(settings.trust_tailnet()).is_some();
    let answers = ask(proposal(settings)?.as_deref(), is_answered, &mut io::stdin().lock(), &mut io::stdout())?;
    answers.map_or(Ok(()), |answers| write(&state, &said, answers))
}

fn write(state: &StateDir, before: &OwnerFile, answers: Answers) -> anyhow::Result<()> {
    let trust_tailnet = before.trust_tailnet || answers.trust_tailnet;
    Ok(OwnerFile { owner: answers.owner, trust_tailnet, was_asked: true }.write(state)?)
}

/// The login that tailscaled has for this machine. A tagged one is nobody's, and without tailscaled nobody can tell.
fn proposal(settings: &Settings) -> anyhow::Result<Option<String>> {
    let Ok(socket) = find_socket(settings.tailscale_socket()) else { return Ok(None) };
    let api = LocalApi::new(socket);
    Ok(here::runtime()?.block_on(own_login(&api)))
}

async fn own_login(api: &LocalApi) -> Option<String> {
    let own = *api.status().await.ok().filter(homie_tailnet::Status::is_running)?.addresses.first()?;
    let whois = api.whois(SocketAddr::new(own, 0), None).await.ok()?;
    let login = whois.user.login_name;
    let is_login = !whois.node.is_tagged() && !login.is_empty() && !login.contains(char::is_control);
    is_login.then_some(login)
}

/// The two questions; `None` where the answers end before the first is answered.
fn ask(
    proposal: Option<&str>,
    is_trust_answered: bool,
    person: &mut impl BufRead,
    screen: &mut impl Write,
) -> io::Result<Option<Answers>> {
    say(
        "Whose machine is this? That login of the tailnet comes in from its other machines, with a key for each device.",
    );
    let proposed = proposal.map_or_else(String::new, |login| format!(" [{login}]"));
    let question = format!("The owner's login, or {NOBODY} for local use only{proposed}: ");
    let owner = loop {
        let Some(line) = line(&question, person, screen)? else { return Ok(None) };
        match (line.trim(), proposal) {
            (NOBODY, _) => return Ok(Some(Answers { owner: None, trust_tailnet: false })),
            ("", Some(proposed)) => break proposed.to_owned(),
            ("", None) => {}
            (login, _) if login.contains(char::is_whitespace) => {}
            (login, _) => break login.to_owned(),
        }
    };
    let trust_tailnet = !is_trust_answered && trusts(person, screen)?;
    Ok(Some(Answers { owner: Some(owner), trust_tailnet }))
}

/// Only a clear yes is one.
fn trusts(person: &mut impl BufRead, screen: &mut impl Write) -> io::Result<bool> {
    say(&format!("Your machines can be trusted as they are: then {WHAT_TRUST_MEANS}"));
    let answer = line("Trust them without keys? [y/N]: ", person, screen)?.unwrap_or_default();
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn line(question: &str, person: &mut impl BufRead, screen: &mut impl Write) -> io::Result<Option<String>> {
    write!(screen, "{question}")?;
    screen.flush()?;
    let mut line = String::new();
    Ok((person.read_line(&mut line)? > 0).then_some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(proposal: Option<&str>, is_trust_answered: bool, typed: &str) -> Option<Answers> {
        ask(proposal, is_trust_answered, &mut typed.as_bytes(), &mut Vec::new()).unwrap()
    }

    fn owner(login: &str, trust_tailnet: bool) -> Answers {
        Answers { owner: Some(login.to_owned()), trust_tailnet }
    }

    #[test]
    fn enter_takes_what_is_proposed_and_trusts_nothing() {
        assert_eq!(answered(Some("a@x"), false, "\n\n"), Some(owner("a@x", false)));
        assert_eq!(answered(Some("a@x"), false, "b@x\nYes\n"), Some(owner("b@x", true)));
        assert_eq!(answered(Some("a@x"), true, "\ny\n"), Some(owner("a@x", false)), "it was answered beforehand");
        for no in ["n", "no", "ja", "yeah", "1", ""] {
            assert_eq!(answered(Some("a@x"), false, &format!("\n{no}\n")), Some(owner("a@x", false)), "{no}");
        }
    }

    #[test]
    fn without_a_proposal_enter_is_no_answer() {
        assert_eq!(answered(None, false, "\n\na b\nc@x\n\n"), Some(owner("c@x", false)));
        assert_eq!(answered(None, false, "\n"), None);
        assert_eq!(answered(Some("a@x"), false, ""), None);
    }

    #[test]
    fn nobody_is_an_answer() {
        assert_eq!(answered(Some("a@x"), false, "-\ny\n"), Some(Answers { owner: None, trust_tailnet: false }));
    }
}
