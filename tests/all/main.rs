//! The end-to-end tests: the real command and the real sandbox, over the fixtures that everybody can read.

mod hostile;
mod threads;
