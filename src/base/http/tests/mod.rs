//! The client against real sockets on loopback.
