//! Waits for a device, and lets it in or not: `homie pair` until it has come, `homie approve` at once.

use anyhow::anyhow;
use homie_protocol::code::Code;
use homie_protocol::hello::Role;
use homie_protocol::id::PairingId;
use homie_protocol::methods::pairing::{
    Applicant, Approve, ApproveOutput, ApproveParams, PairingInfo, Pending, PendingOutput, PendingParams, Refuse,
    RefuseParams, Stage,
};
use homie_protocol::pairing::SixDigits;

use super::person::{Person, digits_in};
use crate::cli::{ApproveOptions, GivenRole};
use crate::front::{Front, with_front};
use crate::outcome::{Failure, Outcome, say, say_json};
use crate::style::plain;

/// After a signal.
const INTERRUPTED: u8 = 130;

/// `homie approve`.
pub(crate) fn approve(options: &ApproveOptions) -> Outcome {
    let (id, digits) = which(&options.which)?;
    with_front(async |front| {
        let pairing = pending(&front, None).await?.pairing.filter(|pairing| id.is_none_or(|id| id == pairing.id));
        let open = pairing.filter(|pairing| options.json || is_running(pairing));
        if options.json && digits.is_none() && !options.refuse {
            return say_json(&serde_json::json!({ "pairing": open }));
        }
        let open = open
            .filter(is_running)
            .ok_or_else(|| Failure::NotFound(anyhow!("no pairing is open; `homie pair` opens one")))?;
        match digits {
            Some(digits) => {
                let role = options.role.map_or_else(|| usual(open.applicant.as_ref()), Role::from);
                let approved = front.ask::<Approve>(&ApproveParams { id: open.id, digits, role }).await?;
                if options.json {
                    return say_json(&approved);
                }
                welcome(&approved);
                Ok(())
            }
            None if options.refuse => refuse(&front, open.id).await,
            None => wait_and_decide(&front, open.id, options.role).await,
        }
    })
}

/// A pairing, or digits, or both.
fn which(words: &[String]) -> Outcome<(Option<PairingId>, Option<SixDigits>)> {
    let wrong = |word: &String| Failure::Usage(anyhow!("{word} is neither a pairing's id nor six digits"));
    match words {
        [] => Ok((None, None)),
        [word] => match (digits_in(word), word.parse().ok()) {
            (None, None) => Err(wrong(word)),
            (digits, id) => Ok((id, digits)),
        },
        [id, digits, ..] => {
            let digits = digits_in(digits).ok_or_else(|| wrong(digits))?;
            Ok((Some(id.parse().map_err(|_| wrong(id))?), Some(digits)))
        }
    }
}

/// Tells what happens to this pairing, and asks for the digits once a device shows them. Ctrl-C takes the offer back.
pub(super) async fn wait_and_decide(front: &Front, id: PairingId, role: Option<GivenRole>) -> Outcome {
    let (mut person, mut seen, mut told) = (Person::new(), None, false);
    loop {
        let news = tokio::select! {
            news = pending(front, seen) => news?,
            _ = tokio::signal::ctrl_c() => return taken_back(front, id).await,
        };
        seen = Some(news.revision);
        let pairing = news.pairing.filter(|pairing| pairing.id == id);
        let Some(pairing) = pairing else { return Err(over("another pairing has taken its place")) };
        match (pairing.stage, &pairing.applicant) {
            (Stage::Open, _) => {}
            (Stage::Waiting, Some(applicant)) => {
                if !told {
                    introduce(applicant);
                    told = true;
                }
                if decide(front, &pairing, seen, role, &mut person).await? {
                    return Ok(());
                }
            }
            (stage, applicant) => return ended(stage, applicant.as_ref()),
        }
    }
}

/// Asks, and lets it in; `false` if something has happened meanwhile.
async fn decide(
    front: &Front,
    pairing: &PairingInfo,
    seen: Option<u32>,
    role: Option<GivenRole>,
    person: &mut Person,
) -> Outcome<bool> {
    if pairing.failed > 0 {
        say("Careful: somebody else has tried this code too. Compare the digits with your own device.");
    }
    let digits = tokio::select! {
        digits = person.digits() => digits?,
        () = moved_on(front, seen) => return Ok(false),
        _ = tokio::signal::ctrl_c() => { taken_back(front, pairing.id).await?; return Ok(true) }
    };
    let Some(digits) = digits else {
        return Err(over("there is nobody to type the digits; `homie approve` takes them"));
    };
    let role = match role {
        Some(role) => Some(role.into()),
        None if joins(pairing.applicant.as_ref()) => Some(Role::Owner),
        None => person.role().await?,
    };
    let Some(role) = role else { return Err(over("there is nobody to say what it may do")) };
    match front.ask::<Approve>(&ApproveParams { id: pairing.id, digits, role }).await {
        Ok(approved) => {
            welcome(&approved);
            Ok(true)
        }
        Err(Failure::Failed(error)) if is_wrong_digits(&error) => {
            say("These are not its digits.");
            Ok(false)
        }
        Err(failure) => Err(failure),
    }
}

fn is_wrong_digits(error: &anyhow::Error) -> bool {
    error.downcast_ref::<homie_protocol::code::Refusal>().is_some_and(|refusal| refusal.code == Code::WrongDigits)
}

/// Until the pairing is not what it was. A gateway that does not answer is found out by whoever asks it next.
async fn moved_on(front: &Front, seen: Option<u32>) {
    while let Ok(news) = pending(front, seen).await {
        if Some(news.revision) != seen {
            break;
        }
    }
}

async fn pending(front: &Front, seen: Option<u32>) -> Outcome<PendingOutput> {
    front.ask::<Pending>(&PendingParams { seen }).await
}

async fn refuse(front: &Front, id: PairingId) -> Outcome {
    front.ask::<Refuse>(&RefuseParams { id }).await?;
    say("It is refused.");
    Ok(())
}

async fn taken_back(front: &Front, id: PairingId) -> Outcome {
    // It may have ended by itself in this moment.
    let _over = front.ask::<Refuse>(&RefuseParams { id }).await;
    Err(Failure::Code(INTERRUPTED))
}

fn introduce(applicant: &Applicant) {
    let Applicant { name, platform, .. } = applicant;
    let what = match applicant.machine {
        Some(_) => "A machine wants to be one of this mesh, and an owner of it",
        None => "A device wants in",
    };
    say(&format!("{what}: {} ({}).", plain(name), plain(platform)));
}

fn joins(applicant: Option<&Applicant>) -> bool {
    applicant.is_some_and(|applicant| applicant.machine.is_some())
}

/// What it may do where nobody has said it.
fn usual(applicant: Option<&Applicant>) -> Role {
    if joins(applicant) { Role::Owner } else { Role::Operator }
}

fn welcome(approved: &ApproveOutput) {
    say(&format!("{} is in, as {}.", plain(&approved.name), approved.role.name()));
}

fn ended(stage: Stage, applicant: Option<&Applicant>) -> Outcome {
    let name = applicant.map_or_else(|| "the device".to_owned(), |applicant| plain(&applicant.name));
    match stage {
        Stage::Approved => {
            say(&format!("{name} is in: somebody else has let it in."));
            Ok(())
        }
        Stage::Refused => Err(over("it was refused elsewhere")),
        Stage::Expired => Err(over("the time is over; `homie pair` makes a new code")),
        Stage::Spent | Stage::Open | Stage::Waiting => {
            Err(over("all its tries are spent; `homie pair` makes a new code"))
        }
    }
}

fn is_running(pairing: &PairingInfo) -> bool {
    matches!(pairing.stage, Stage::Open | Stage::Waiting)
}

fn over(why: &str) -> Failure {
    Failure::Refused(anyhow!("no device was let in: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Option<(Option<PairingId>, Option<SixDigits>)> {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        which(&words).ok()
    }

    #[test]
    fn a_pairing_digits_or_both_may_be_given() {
        let id = PairingId::from_bytes([7; 16]);
        let (text, digits) = (id.to_string(), "042137".parse().ok());
        assert_eq!(read(&[]), Some((None, None)));
        assert_eq!(read(&["042137"]), Some((None, digits)));
        assert_eq!(read(&[&text]), Some((Some(id), None)));
        assert_eq!(read(&[&text, "042 137"]), Some((Some(id), digits)));
        for wrong in [&["x"][..], &["042137", &text], &[&text, "42"]] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
