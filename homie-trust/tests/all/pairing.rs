//! Pairing at the desk: one device, one secret, one time, and only with the digits that it shows.

mod device;
mod machines;
mod offers;
mod properties;
mod relay;
mod tries;
mod vectors;
