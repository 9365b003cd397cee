// @homie/client: the wire from a client's side, without DOM and without React.
//
// Reading order: frame.ts and codec/ (bytes), control.ts and greeting.ts (envelopes), link.ts (one socket), dialer.ts
// and route.ts (patience), circuit.ts (what callers hold), attachment.ts (one terminal), feed.ts, sessions-feed.ts,
// mesh-feed.ts and stores/ (lists), ways.ts and mesh.ts (all machines).

export type { Attachment } from "./attachment.ts";
export { base32, fromBase32 } from "./base32.ts";
export {
  type Circuit,
  type CircuitOptions,
  connect,
  type Listener,
  type RoamingOptions,
  roam,
} from "./circuit.ts";
export { type Code, isCode } from "./codes.ts";
export { WireError } from "./errors.ts";
export { type Failure, isFinal, isPassing, type LocalCode, RequestError } from "./failure.ts";
export { METHODS, type Methods, type Topics } from "./generated/methods.ts";
export type * from "./generated/types.ts";
export type { Caller, Peer } from "./greeting.ts";
export { type Invitation, parseInvitation, sharedSecretOf } from "./invitation.ts";
export { type Invited, type JoinOptions, join } from "./joining.ts";
export { type Mesh, type MeshOptions, type OpenMachine, openMesh } from "./mesh.ts";
export { type MeshWatch, watchMesh } from "./mesh-feed.ts";
export { linkSecretOf, type PairingOptions, pair } from "./pairing.ts";
export type { Snapshot } from "./pieces.ts";
export { forgetMachine } from "./pins.ts";
export type {
  Cancel,
  Device,
  OpenSocket,
  Platform,
  Socket,
  SocketHandlers,
  Storage,
  Verifier,
} from "./platform.ts";
export type { MethodName, Params, Result, Told, TopicName } from "./protocol.ts";
export type { Way } from "./route.ts";
export { type SessionsWatch, watchSessions } from "./sessions-feed.ts";
export type { ConnectionState } from "./stores/connection.ts";
export { type MeshState, NO_MESH } from "./stores/mesh.ts";
export { NO_SESSIONS, type SessionsEvent, type SessionsState, sessionsReducer } from "./stores/sessions.ts";
export { createStore, type Readable, type Store } from "./stores/store.ts";
export type { Applied, AttachOptions, Opened, Unsent, Viewer } from "./viewer.ts";
export {
  createDevice,
  deviceOf,
  keyId,
  type StoredDevice,
  type SubtleLike,
  webCryptoVerifier,
} from "./webcrypto.ts";
export { type WebSocketClass, type WebSocketLike, webSocketOpener } from "./websocket.ts";
