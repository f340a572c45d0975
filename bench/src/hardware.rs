//! What machine this is, as far as a reader of results wants to know.

use std::fs;

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::summary::Hardware;

/// Where NVIDIA's driver says which GPUs there are. Of others, nothing is known.
const NVIDIA: &str = "/proc/driver/nvidia/gpus";

impl Hardware {
    /// This machine.
    #[must_use]
    pub fn here() -> Hardware {
        let kind = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(kind).ok();
        let cpu = system.as_ref().and_then(|system| Some(system.cpus().first()?.brand().trim().to_owned()));
        Hardware {
            cpu: cpu.unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: system.map_or(0, |system| system.total_memory()),
            gpus: gpus(),
            system: [System::long_os_version(), System::kernel_long_version()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}

fn gpus() -> Vec<String> {
    let Ok(folders) = fs::read_dir(NVIDIA) else { return Vec::new() };
    let texts = folders.flatten().filter_map(|folder| fs::read_to_string(folder.path().join("information")).ok());
    let mut names: Vec<String> = texts.filter_map(|text| model(&text)).collect();
    names.sort();
    names
}

/// The line `Model: NVIDIA H200`.
fn model(text: &str) -> Option<String> {
    let name = text.lines().find_map(|line| line.strip_prefix("Model:"))?;
    Some(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_cores_and_memory_and_stays_the_same() {
        let here = Hardware::here();
        assert!(here.cores > 0 && here.memory_bytes > 1 << 20 && !here.system.is_empty(), "{here:?}");
        assert_eq!(here, Hardware::here());
    }

    #[test]
    fn a_gpu_is_named_as_its_driver_does() {
        assert_eq!(model("Model: \t\t NVIDIA H200\nIRQ:   42\n").as_deref(), Some("NVIDIA H200"));
        assert_eq!(model("IRQ: 42\n"), None);
    }
}
