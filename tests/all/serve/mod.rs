//! The service: the real command, its real workers, over loopback.

mod abuse;
mod api;
mod clients;
mod clock;
mod compat;
mod durable;
mod pages;
mod schema;
mod workers;
