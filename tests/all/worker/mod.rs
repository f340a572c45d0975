//! Worker processes, as the server has them: they do all that they must behind their locks, and nothing else.

mod escape;
mod jobs;
mod locks;
