//! Values that stand for all others: fixed, so that the files change only when the wire does.

use homie_protocol::hello::{Algorithm, DeviceKey, MachineKey, Nonce};
use homie_protocol::id::{
    Channel, CircuitId, DeviceId, Incarnation, LinkSecret, NodeId, Offset, PairingId, PairingSecret, RecordingId,
    RequestKey, SessionId, WriterId,
};
use homie_protocol::limits::OFFSET_END;
use homie_protocol::methods::session::recording::RecordingInfo;
use homie_protocol::methods::session::{
    Attention, AttentionKind, ExitStatus, Face, InputBytes, Rgb, SessionInfo, SessionState, Size, Theme, WriterClaim,
};

use super::Outcome;

pub(super) const SESSION: SessionId = SessionId::from_bytes(counting(0x10));
pub(super) const OTHER_SESSION: SessionId = SessionId::from_bytes([0xff; 16]);
pub(super) const INCARNATION: Incarnation = Incarnation::from_bytes(counting(0x20));
pub(super) const CIRCUIT: CircuitId = CircuitId::from_bytes(counting(0x30));
pub(super) const KEY: RequestKey = RequestKey::from_bytes(counting(0x40));
pub(super) const RECORDING: RecordingId = RecordingId::from_bytes(counting(0x60));
pub(super) const SECRET: LinkSecret = LinkSecret::from_bytes(counting(0x50));
pub(super) const PAIRING: PairingId = PairingId::from_bytes(counting(0x70));
pub(super) const PAIRING_SECRET: PairingSecret = PairingSecret::from_bytes(counting(0x80));
pub(super) const WRITER: WriterId = WriterId::from_bytes([0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10]);
pub(super) const CLIENT_NONCE: Nonce = Nonce([0xc1; 32]);
pub(super) const SERVER_NONCE: Nonce = Nonce([0x5e; 32]);

/// The public key of RFC 8032, section 7.1, test 1.
pub(super) const MACHINE: MachineKey = MachineKey([
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72,
    0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
]);

/// The first half of SHA-256 of that key.
pub(super) const NODE: NodeId = NodeId::from_bytes(0x21fe_31df_a154_a261_626b_f854_046f_d227_u128.to_be_bytes());

/// The public key of RFC 8032, section 7.1, test 2.
const ED25519: [u8; 32] = [
    0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c,
    0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c,
];

/// The public key of RFC 6979, section A.2.5.
const P256: [u8; 65] = [
    0x04, 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49,
    0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x79, 0x03, 0xfe, 0x10, 0x08,
    0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51,
    0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99,
];

pub(super) fn ed25519_device() -> DeviceKey {
    let id = DeviceId::from_bytes(0x39f7_13d0_a644_253f_0452_9421_b9f5_1b9b_u128.to_be_bytes());
    DeviceKey { id, alg: Algorithm::Ed25519, key: ED25519.to_vec() }
}

pub(super) fn p256_device() -> DeviceKey {
    let id = DeviceId::from_bytes(0xb18b_86ce_1389_e46d_e87a_a4a5_131c_e83c_u128.to_be_bytes());
    DeviceKey { id, alg: Algorithm::P256, key: P256.to_vec() }
}

pub(super) fn channel() -> Channel {
    Channel::new(3)
}

pub(super) fn offset(position: u64) -> Outcome<Offset> {
    Ok(Offset::new(position).ok_or("an offset is below 2^53")?)
}

/// The last one there is.
pub(super) fn last_offset() -> Outcome<Offset> {
    offset(OFFSET_END - 1)
}

pub(super) fn size(cols: u16, rows: u16) -> Outcome<Size> {
    Ok(Size::new(cols, rows).ok_or("a size is from 1 to 2,000")?)
}

pub(super) fn writer() -> Outcome<WriterClaim> {
    Ok(WriterClaim { id: WRITER, sent: offset(70_000)? })
}

pub(super) fn typed(bytes: &[u8]) -> Outcome<InputBytes> {
    Ok(InputBytes::new(bytes.to_vec()).ok_or("1 to 65,536 bytes")?)
}

pub(super) fn running() -> Outcome<SessionInfo> {
    Ok(SessionInfo {
        id: SESSION,
        incarnation: INCARNATION,
        name: "Übersicht ⌘ 1".to_owned(),
        command: vec!["bash".to_owned(), "-l".to_owned()],
        cwd: "/home/ada".to_owned(),
        size: size(120, 40)?,
        state: SessionState::Running,
        exit: None,
        viewers: 2,
        created_at: 1_795_000_000_000,
        last_activity_at: 1_795_000_600_000,
        pid: Some(4_194_304),
        holder_pid: Some(4_194_303),
        face: face(),
        recording: true,
    })
}

/// All that a screen may tell.
pub(super) fn face() -> Face {
    Face {
        title: Some("ada@desk: ~/Übersicht".to_owned()),
        folder: Some("/home/ada/Übersicht".to_owned()),
        attention: Some(Attention { kind: AttentionKind::Message, text: Some("done ✓".to_owned()) }),
        preview: vec!["$ make".to_owned(), "ok".to_owned()],
    }
}

pub(super) const THEME: Theme =
    Theme { foreground: Rgb::new(0xff, 0xff, 0xff), background: Rgb::new(0, 0, 1), cursor: Rgb::new(1, 2, 3) };

pub(super) fn recording() -> RecordingInfo {
    RecordingInfo {
        id: RECORDING,
        session: SESSION,
        name: "Übersicht ⌘ 1".to_owned(),
        started_at: 1_795_000_000_000,
        ended_at: None,
        bytes: 0,
        is_full: false,
    }
}

pub(super) fn exited(state: SessionState, exit: Option<ExitStatus>) -> Outcome<SessionInfo> {
    Ok(SessionInfo {
        id: OTHER_SESSION,
        state,
        exit,
        viewers: 0,
        command: Vec::new(),
        pid: None,
        holder_pid: None,
        face: Face::default(),
        recording: false,
        ..running()?
    })
}

const fn counting(first: u8) -> [u8; 16] {
    (0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f_u128 + (first as u128) * 0x0101_0101_0101_0101_0101_0101_0101_0101_u128)
        .to_be_bytes()
}
