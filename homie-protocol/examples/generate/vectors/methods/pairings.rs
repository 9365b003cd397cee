//! Pairing, whole and with one thing wrong in each.

use homie_protocol::code::Code;
use homie_protocol::control::Empty;
use homie_protocol::hello::{ClientKind, Role, Signature};
use homie_protocol::methods::pairing::{
    Applicant, Approve, ApproveOutput, ApproveParams, Await, AwaitOutput, AwaitParams, Begin, BeginOutput, BeginParams,
    JoiningMachine, Offer, OfferOutput, OfferParams, OfferedWay, Paired, PairingInfo, Pending, PendingOutput,
    PendingParams, Redeem, RedeemOutput, RedeemParams, Refuse, RefuseParams, Reveal, RevealParams, Stage, Way,
};
use homie_protocol::pairing::{Commitment, Mac, PAIRING_VERSION, SixDigits};

use super::super::message::{Message, Wrong, set};
use super::super::samples::{CLIENT_NONCE, MACHINE, NODE, PAIRING, SECRET, SERVER_NONCE, ed25519_device, p256_device};
use super::super::{Outcome, Vector, raw};
use super::{params, result, unknown_field, wrong_params, wrong_results};

const COMMITMENT: Commitment = Commitment([0xc0; 32]);
const MAC: Mac = Mac([0x3a; 32]);
const SIGNATURE: Signature = Signature([0x5a; 64]);

/// Each with little and with much.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    Ok(of_devices()?.into_iter().chain(of_those_who_decide()?).collect())
}

fn of_devices() -> Outcome<Vec<Vector>> {
    let redeemed = RedeemOutput { device: ed25519_device().id, role: Role::Owner, node: NODE };
    let begin = |way, id| BeginParams { version: PAIRING_VERSION, way, id, commitment: COMMITMENT };
    let begun = BeginOutput { id: PAIRING, key: MACHINE, nonce: SERVER_NONCE, sig: SIGNATURE };
    let reveal = RevealParams {
        id: PAIRING,
        device: p256_device(),
        salt: CLIENT_NONCE,
        name: "Ada's phone".to_owned(),
        platform: "Homie 0.1 on Android".to_owned(),
        sig: SIGNATURE,
        mac: MAC,
        machine: None,
    };
    let machine = RevealParams {
        device: ed25519_device(),
        name: "laptop".to_owned(),
        platform: "linux".to_owned(),
        machine: Some(JoiningMachine { key: MACHINE, sig: SIGNATURE }),
        ..reveal.clone()
    };
    let paired = Paired { device: p256_device().id, role: Role::Operator, node: NODE, mac: MAC };
    Ok(vec![
        params::<Redeem>("link", &RedeemParams { secret: SECRET, name: "Ada's phone".to_owned() })?,
        result::<Redeem>("owner", &redeemed)?,
        params::<Begin>("qr", &begin(Way::Qr, Some(PAIRING)))?,
        params::<Begin>("code", &begin(Way::Code, None))?,
        params::<Begin>("secret", &begin(Way::Secret, None))?,
        params::<Begin>("machine", &begin(Way::Machine, None))?,
        result::<Begin>("begun", &begun)?,
        params::<Reveal>("phone", &reveal)?,
        params::<Reveal>("machine", &machine)?,
        result::<Reveal>("empty", &Empty {})?,
        params::<Await>("pairing", &AwaitParams { id: PAIRING })?,
        result::<Await>("nothing-yet", &AwaitOutput { paired: None })?,
        result::<Await>("paired", &AwaitOutput { paired: Some(paired) })?,
    ])
}

fn of_those_who_decide() -> Outcome<Vec<Vector>> {
    let digits = SixDigits::last_of(42_137);
    let by_picture = OfferOutput {
        id: PAIRING,
        link: "http://localhost:4663/#pair=…".to_owned(),
        deep_link: Some("homie://pair?…".to_owned()),
        code: None,
        valid_ms: 120_000,
    };
    let by_code = OfferOutput {
        link: "http://localhost:4663/#code".to_owned(),
        deep_link: None,
        code: Some(digits),
        valid_ms: 300_000,
        ..by_picture.clone()
    };
    let approved = ApproveOutput { device: p256_device().id, name: "Ada's phone".to_owned(), role: Role::Viewer };
    let mut vectors = vec![
        params::<Offer>("qr", &OfferParams { way: OfferedWay::Qr })?,
        params::<Offer>("code", &OfferParams { way: OfferedWay::Code })?,
        result::<Offer>("qr", &by_picture)?,
        result::<Offer>("code", &by_code)?,
        params::<Pending>("now", &PendingParams { seen: None })?,
        params::<Pending>("news", &PendingParams { seen: Some(u32::MAX) })?,
        result::<Pending>("none", &PendingOutput { revision: 0, pairing: None })?,
        params::<Approve>("digits", &ApproveParams { id: PAIRING, digits, role: Role::Operator })?,
        result::<Approve>("viewer", &approved)?,
        params::<Refuse>("pairing", &RefuseParams { id: PAIRING })?,
        result::<Refuse>("empty", &Empty {})?,
    ];
    for (name, stage) in STAGES {
        let pairing = info(stage);
        vectors.push(result::<Pending>(name, &PendingOutput { revision: 7, pairing: Some(pairing) })?);
    }
    vectors.push(result::<Pending>("machine", &PendingOutput { revision: 8, pairing: Some(of_machine()) })?);
    Ok(vectors)
}

const STAGES: [(&str, Stage); 6] = [
    ("open", Stage::Open),
    ("waiting", Stage::Waiting),
    ("approved", Stage::Approved),
    ("refused", Stage::Refused),
    ("expired", Stage::Expired),
    ("spent", Stage::Spent),
];

/// A machine that joins.
fn of_machine() -> PairingInfo {
    let applicant = Applicant {
        device: ed25519_device().id,
        name: "laptop".to_owned(),
        platform: "linux".to_owned(),
        kind: ClientKind::Cli,
        machine: Some(NODE),
    };
    PairingInfo { way: Way::Machine, applicant: Some(applicant), ..info(Stage::Waiting) }
}

fn info(stage: Stage) -> PairingInfo {
    let device = p256_device().id;
    let applicant = Applicant {
        device,
        name: "Ada's phone".to_owned(),
        platform: "Homie 0.1 on Android".to_owned(),
        kind: ClientKind::Phone,
        machine: None,
    };
    let is_known = !matches!(stage, Stage::Open | Stage::Spent);
    PairingInfo {
        id: PAIRING,
        way: Way::Qr,
        stage,
        left_ms: if matches!(stage, Stage::Open | Stage::Waiting) { 119_000 } else { 0 },
        failed: 1,
        applicant: is_known.then_some(applicant),
    }
}

/// One wrong thing in each. Above all that nobody says how long, who approves, or which role it wants.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let redeem = Message::default().with("secret", &SECRET)?.set("name", raw::text("phone"));
    let begin =
        Message::default().with("version", &PAIRING_VERSION)?.with("way", &Way::Qr)?.with("commitment", &COMMITMENT)?;
    let reveal = Message::default()
        .with("id", &PAIRING)?
        .with("device", &p256_device())?
        .with("salt", &CLIENT_NONCE)?
        .set("name", raw::text("phone"))
        .set("platform", raw::text("Android"))
        .with("sig", &SIGNATURE)?
        .with("mac", &MAC)?;
    let id = Message::default().with("id", &PAIRING)?;
    let offer = Message::default().with("way", &OfferedWay::Qr)?;
    let approve = id.clone().set("digits", raw::text("042137")).with("role", &Role::Operator)?;
    let all = [
        wrong_params::<Redeem>(&redeem, &["secret", "name"], wrong_redeems()),
        wrong_params::<Begin>(&begin, &["version", "way", "commitment"], wrong_begins()),
        wrong_params::<Reveal>(
            &reveal,
            &["id", "device", "salt", "name", "platform", "sig", "mac"],
            [told_by_the_caller(), wrong_reveals()].into_iter().flatten().collect(),
        ),
        wrong_params::<Await>(&id, &["id"], vec![unknown_field()]),
        wrong_params::<Offer>(&offer, &["way"], wrong_offers()),
        wrong_params::<Pending>(&Message::default(), &[], vec![unknown_field()]),
        wrong_params::<Approve>(&approve, &["id", "digits", "role"], wrong_approvals()),
        wrong_params::<Refuse>(&id, &["id"], vec![unknown_field()]),
        wrong_results::<Reveal>(&Message::default(), &[], vec![unknown_field()]),
    ];
    Ok(all.into_iter().flatten().collect())
}

fn wrong_redeems() -> Vec<Wrong> {
    vec![
        set("secret-short", "secret", raw::text("aaaa"), Code::OutOfRange, "secret"),
        set("secret-bytes", "secret", raw::bin(&[0; 16]), Code::WrongType, "secret"),
    ]
}

/// What other systems believed a caller.
fn told_by_the_caller() -> Vec<Wrong> {
    ["ttl", "approver", "role", "approved"]
        .into_iter()
        .map(|field| set(field, field, raw::text("owner"), Code::UnknownField, field))
        .collect()
}

fn wrong_begins() -> Vec<Wrong> {
    vec![
        unknown_field(),
        set("version-over-u16", "version", raw::u64(65_536), Code::OutOfRange, "version"),
        set("way-unknown", "way", raw::text("trust_me"), Code::UnknownVariant, "way"),
        set("commitment-31", "commitment", raw::bin(&[0; 31]), Code::OutOfRange, "commitment"),
        set("commitment-text", "commitment", raw::text(&"a".repeat(32)), Code::WrongType, "commitment"),
        set("id-short", "id", raw::text("aaaa"), Code::OutOfRange, "id"),
    ]
}

fn wrong_reveals() -> Vec<Wrong> {
    vec![
        set("salt-33", "salt", raw::bin(&[0; 33]), Code::OutOfRange, "salt"),
        set("mac-16", "mac", raw::bin(&[0; 16]), Code::OutOfRange, "mac"),
        set("sig-63", "sig", raw::bin(&[0; 63]), Code::OutOfRange, "sig"),
        set("device-positional", "device", raw::array(&[]), Code::Positional, "device"),
        set("platform-bytes", "platform", raw::bin(b"Android"), Code::WrongType, "platform"),
        set("machine-bytes", "machine", raw::bin(&[0; 32]), Code::WrongType, "machine"),
    ]
}

fn wrong_offers() -> Vec<Wrong> {
    vec![
        set("way-secret", "way", raw::text("secret"), Code::UnknownVariant, "way"),
        set("way-machine", "way", raw::text("machine"), Code::UnknownVariant, "way"),
        set("valid-ms", "valid_ms", raw::u64(1 << 40), Code::UnknownField, "valid_ms"),
    ]
}

fn wrong_approvals() -> Vec<Wrong> {
    vec![
        unknown_field(),
        set("digits-five", "digits", raw::text("42137"), Code::OutOfRange, "digits"),
        set("digits-blank", "digits", raw::text("042 137"), Code::OutOfRange, "digits"),
        set("digits-letters", "digits", raw::text("04213a"), Code::OutOfRange, "digits"),
        set("digits-integer", "digits", raw::u64(42_137), Code::WrongType, "digits"),
        set("digits-empty", "digits", raw::text(""), Code::OutOfRange, "digits"),
        set("role-unknown", "role", raw::text("root"), Code::UnknownVariant, "role"),
    ]
}
