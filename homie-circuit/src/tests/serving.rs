//! The server's greeting and loop.
