//! A device pairs over real circuits: with the digits it shows, typed by an owner, and in no other way.

use homie_circuit::client::{Client as RustClient, Config};
use homie_protocol::code::Code;
use homie_protocol::hello::{Nonce, Role, Service};
use homie_protocol::id::{PairingId, PairingSecret};
use homie_protocol::methods::pairing::{
    Approve, ApproveParams, Await, AwaitParams, Begin, BeginParams, Offer, OfferOutput, OfferParams, OfferedWay,
    Pending, PendingParams, Refuse, RefuseParams, Reveal, RevealParams, Stage, Way,
};
use homie_protocol::pairing::{Newcomer, PAIRING_VERSION, SixDigits, Transcript};
use homie_trust::pairing::Begun;
use homie_trust::pairing::proof::{self, Prover};
use homie_trust::{DeviceIdentity, KeyPair, SystemRandom, node_id, random_bytes, verify};

use crate::client::{Client, greeted};
use crate::harness::{House, enrol, enrolled, roster};

const NAME: &str = "Ada's phone";
const PLATFORM: &str = "test";

/// A device with this role, and a circuit of it.
async fn known(house: &House, role: Role) -> Client {
    let key = KeyPair::generate().unwrap();
    enrol(house, &key, role);
    let (client, greeted_as) = greeted(house, &key).await;
    assert_eq!(greeted_as, role);
    client
}

/// The parts of the address in a QR code, taken apart by hand.
fn scanned(offer: &OfferOutput) -> (PairingId, Vec<u8>, PairingSecret) {
    let packed = offer.link.split_once("/#pair=").unwrap().1;
    let bytes = data_encoding::BASE64URL_NOPAD.decode(packed.as_bytes()).unwrap();
    assert_eq!((bytes.len(), bytes[0]), (49, 1));
    let part = |at: usize| -> [u8; 16] { bytes[at..at + 16].try_into().unwrap() };
    (PairingId::from_bytes(part(1)), part(17).to_vec(), PairingSecret::from_bytes(part(33)))
}

/// A new device on its circuit.
pub(crate) struct Phone {
    pub(crate) key: KeyPair,
    pub(crate) client: Client,
}

impl Phone {
    pub(crate) async fn new(house: &House) -> Self {
        let key = KeyPair::generate().unwrap();
        let (client, role) = greeted(house, &key).await;
        assert_eq!(role, Role::None);
        Self { key, client }
    }

    /// Begins and reveals; gives the pairing and the digits to show.
    pub(crate) async fn join(
        &mut self,
        house: &House,
        asked: (Way, Option<PairingId>),
        secret: &[u8],
    ) -> Result<Shown, Code> {
        let (device, salt) = (self.key.device_key(), Nonce(random_bytes(&SystemRandom).unwrap()));
        let newcomer = Newcomer::new(&device, &salt, NAME, PLATFORM);
        let commitment = proof::commitment(&newcomer);
        let said = BeginParams { version: PAIRING_VERSION, way: asked.0, id: asked.1, commitment };
        let begun = self.client.ask::<Begin>(&said).await?;
        assert_eq!(node_id(&begun.key), house.gateway.node());
        let answer = Begun { id: begun.id, nonce: begun.nonce };
        let opening = answer.opening(&begun.key, &said, &house.host()).bytes();
        verify(homie_protocol::hello::Algorithm::Ed25519, &begun.key.0, &opening, &begun.sig).unwrap();
        let transcript = Transcript::after(&opening, &newcomer);
        let said = RevealParams {
            id: begun.id,
            device: device.clone(),
            salt,
            name: NAME.to_owned(),
            platform: PLATFORM.to_owned(),
            sig: self.key.sign(transcript.bytes()).unwrap(),
            mac: proof::mac(Prover::Device, secret, &opening, transcript.bytes()).unwrap(),
            machine: None,
        };
        self.client.ask::<Reveal>(&said).await?;
        Ok(Shown { id: begun.id, digits: proof::digits(&transcript), opening, transcript })
    }
}

/// What a device has when it shows its digits.
pub(crate) struct Shown {
    pub(crate) id: PairingId,
    digits: SixDigits,
    opening: Vec<u8>,
    transcript: Transcript,
}

fn wrong(digits: SixDigits) -> SixDigits {
    SixDigits::last_of(digits.to_string().parse::<u32>().unwrap() + 1)
}

async fn offer(owner: &mut Client, way: OfferedWay) -> OfferOutput {
    owner.ask::<Offer>(&OfferParams { way }).await.unwrap()
}

#[tokio::test]
async fn a_phone_gets_in_by_a_picture_and_its_digits() {
    let house = House::start().await;
    let mut owner = known(&house, Role::Owner).await;
    let offered = offer(&mut owner, OfferedWay::Qr).await;
    assert!(offered.link.starts_with(&format!("http://{}/#pair=", house.host())), "{}", offered.link);
    let (id, fingerprint, secret) = scanned(&offered);
    assert_eq!((id, fingerprint.as_slice()), (offered.id, house.gateway.node().as_bytes().as_slice()));

    // The owner waits for news while the phone comes.
    let seen = owner.ask::<Pending>(&PendingParams::default()).await.unwrap();
    assert_eq!(seen.pairing.map(|pairing| pairing.stage), Some(Stage::Open));
    let waits = owner.begin_to_ask::<Pending>(&PendingParams { seen: Some(seen.revision) }).await;
    let mut phone = Phone::new(&house).await;
    let shown = phone.join(&house, (Way::Qr, Some(id)), secret.as_bytes()).await.unwrap();
    let mut news = owner.answer::<Pending>(waits).await.unwrap();
    while news.pairing.as_ref().unwrap().stage == Stage::Open {
        news = owner.ask::<Pending>(&PendingParams { seen: Some(news.revision) }).await.unwrap();
    }
    let applicant = news.pairing.unwrap().applicant.unwrap();
    assert_eq!((applicant.name.as_str(), applicant.platform.as_str()), (NAME, PLATFORM));

    // The phone waits while the digits are typed.
    let waits = phone.client.begin_to_ask::<Await>(&AwaitParams { id }).await;
    let said = ApproveParams { id, digits: shown.digits, role: Role::Operator };
    let approved = owner.ask::<Approve>(&said).await.unwrap();
    assert_eq!((approved.device, approved.name.as_str()), (phone.key.device_key().id, NAME));
    let paired = phone.client.answer::<Await>(waits).await.unwrap().paired.unwrap();
    assert_eq!((paired.role, paired.node), (Role::Operator, house.gateway.node()));
    let told = shown.transcript.enrolled(&paired.device, paired.role, &paired.node);
    assert_eq!(proof::mac(Prover::Gateway, secret.as_bytes(), &shown.opening, &told).unwrap(), paired.mac);

    let members = roster(&house).members().unwrap();
    let device = members.device(&phone.key.device_key()).unwrap();
    assert_eq!((device.name.as_str(), device.platform.as_deref(), device.role), (NAME, Some(PLATFORM), Role::Operator));
    assert_eq!(greeted(&house, &phone.key).await.1, Role::Operator);
    assert_eq!(owner.ask::<Approve>(&said).await.err(), Some(Code::PairingInvalid));
}

#[tokio::test]
async fn a_phone_gets_in_by_a_code() {
    let house = House::start().await;
    let mut owner = known(&house, Role::Owner).await;
    let offered = offer(&mut owner, OfferedWay::Code).await;
    let (code, mut phone) = (offered.code.unwrap(), Phone::new(&house).await);
    let guessed = phone.join(&house, (Way::Code, None), wrong(code).as_bytes()).await;
    assert_eq!(guessed.err(), Some(Code::PairingInvalid));
    let shown = phone.join(&house, (Way::Code, None), code.as_bytes()).await.unwrap();
    assert_eq!(shown.id, offered.id);
    let said = ApproveParams { id: offered.id, digits: shown.digits, role: Role::Viewer };
    owner.ask::<Approve>(&said).await.unwrap();
    assert_eq!(greeted(&house, &phone.key).await.1, Role::Viewer);
}

#[tokio::test]
async fn who_waits_hears_at_once_that_it_was_refused_or_its_digits_were_wrong() {
    let house = House::start().await;
    let mut owner = known(&house, Role::Owner).await;
    for is_refused in [true, false] {
        let (id, _, secret) = scanned(&offer(&mut owner, OfferedWay::Qr).await);
        let mut phone = Phone::new(&house).await;
        let shown = phone.join(&house, (Way::Qr, Some(id)), secret.as_bytes()).await.unwrap();
        let waits = phone.client.begin_to_ask::<Await>(&AwaitParams { id }).await;
        let expected = if is_refused {
            owner.ask::<Refuse>(&RefuseParams { id }).await.unwrap();
            Code::PairingRefused
        } else {
            let said = ApproveParams { id, digits: wrong(shown.digits), role: Role::Owner };
            for _ in 0..2 {
                assert_eq!(owner.ask::<Approve>(&said).await.err(), Some(Code::WrongDigits));
            }
            Code::PairingInvalid
        };
        assert_eq!(phone.client.answer::<Await>(waits).await.err(), Some(expected));
        assert_eq!(greeted(&house, &phone.key).await.1, Role::None);
    }
    assert_eq!(enrolled(&house), 1, "the owner alone");
}

#[tokio::test]
async fn owners_alone_decide() {
    let house = House::start().await;
    let id = offer(&mut known(&house, Role::Owner).await, OfferedWay::Qr).await.id;
    let stranger = Phone::new(&house).await.client;
    let (viewer, operator) = (known(&house, Role::Viewer).await, known(&house, Role::Operator).await);
    for mut other in [stranger, viewer, operator] {
        let approve = ApproveParams { id, digits: SixDigits::last_of(0), role: Role::Owner };
        assert_eq!(other.ask::<Offer>(&OfferParams { way: OfferedWay::Qr }).await.err(), Some(Code::Forbidden));
        assert_eq!(other.ask::<Pending>(&PendingParams::default()).await.err(), Some(Code::Forbidden));
        assert_eq!(other.ask::<Approve>(&approve).await.err(), Some(Code::Forbidden));
        assert_eq!(other.ask::<Refuse>(&RefuseParams { id }).await.err(), Some(Code::Forbidden));
    }
}

#[tokio::test]
async fn of_many_who_have_seen_the_picture_one_waits() {
    let house = House::start().await;
    let mut owner = known(&house, Role::Owner).await;
    let (id, _, secret) = scanned(&offer(&mut owner, OfferedWay::Qr).await);
    let mut phones = Vec::new();
    for _ in 0..20 {
        phones.push(Phone::new(&house).await);
    }
    let joining = phones.iter_mut().map(|phone| phone.join(&house, (Way::Qr, Some(id)), secret.as_bytes()));
    let joined = futures_util::future::join_all(joining).await;
    assert_eq!(joined.iter().filter(|joined| joined.is_ok()).count(), 1);
    let pairing = owner.ask::<Pending>(&PendingParams::default()).await.unwrap().pairing.unwrap();
    assert_eq!((pairing.stage, pairing.failed), (Stage::Waiting, 19));
}

#[tokio::test]
async fn a_lost_link_costs_a_waiting_device_nothing_and_nobody_else_hears_its_answer() {
    let house = House::start().await;
    let mut owner = known(&house, Role::Owner).await;
    let (id, _, secret) = scanned(&offer(&mut owner, OfferedWay::Qr).await);
    let mut phone = Phone::new(&house).await;
    let shown = phone.join(&house, (Way::Qr, Some(id)), secret.as_bytes()).await.unwrap();
    let Phone { key, client } = phone;
    drop(client);
    owner.ask::<Approve>(&ApproveParams { id, digits: shown.digits, role: Role::Viewer }).await.unwrap();
    let mut stranger = Phone::new(&house).await;
    assert_eq!(stranger.client.ask::<Await>(&AwaitParams { id }).await.err(), Some(Code::PairingInvalid));
    let mut back = greeted(&house, &key).await.0;
    let paired = back.ask::<Await>(&AwaitParams { id }).await.unwrap().paired.unwrap();
    assert_eq!(paired.device, key.device_key().id);
}

#[tokio::test]
async fn the_socket_for_own_programs_knows_keys_and_nothing_else() {
    let house = House::start().await;
    let machine = KeyPair::machine(&house.state).unwrap().machine_key();
    let call = async |identity: DeviceIdentity| {
        let config = Config::local(house.state.gateway_sock(), std::sync::Arc::new(identity));
        RustClient::connect(Config { service: Service::Gateway, ..config }).await
    };
    let nobody = call(DeviceIdentity::without_key(machine).unwrap()).await;
    assert_eq!(nobody.err().map(|refusal| refusal.code), Some(Code::Unauthenticated));

    let key = KeyPair::generate().unwrap();
    let stranger = KeyPair::generate().unwrap();
    enrol(&house, &key, Role::Owner);
    let owner = call(DeviceIdentity::with_key(key, machine).unwrap()).await.unwrap();
    let offered = owner.request::<Offer>(&OfferParams { way: OfferedWay::Qr }).await.unwrap();
    assert_eq!(scanned(&offered).0, offered.id);
    let stranger = call(DeviceIdentity::with_key(stranger, machine).unwrap()).await.unwrap();
    let refused = stranger.request::<Offer>(&OfferParams { way: OfferedWay::Qr }).await;
    assert_eq!(refused.err().map(|refusal| refusal.code), Some(Code::Forbidden));
}
