//! The arithmetic of offsets, acknowledgements and channels, as state machines without a clock or a socket.
