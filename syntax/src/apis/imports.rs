//! Modules that can't be imported, told apart: made up, removed from Python, real but not in the guest.

use super::distributions::DISTRIBUTIONS;
use super::inventory::Inventory;
use super::nearest::nearest;
use super::standard::{ELSEWHERE, REMOVED, SUBMODULES, SYSTEM_CONSTANTS, TOP_LEVEL};

/// Where a module that can't be imported is instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence<'a> {
    /// Nowhere. The module that was probably meant, if one is near.
    Unknown { nearest: Option<&'a str> },
    /// In older Pythons, up to this version.
    Removed { version: &'static str },
    /// In the standard library of other systems.
    StandardElsewhere,
    /// Among the packages of the world: this one.
    Package { name: &'a str },
}

/// Why a module can't be imported; none where it can, or where that isn't certain.
pub(super) fn absence<'a>(module: &'a str, inventory: &'a Inventory) -> Option<Absence<'a>> {
    if inventory.has_module(module) {
        return None;
    }
    if let Ok(place) = REMOVED.binary_search_by_key(&module, |(name, _)| name) {
        return Some(Absence::Removed { version: REMOVED[place].1 });
    }
    let top = module.split('.').next().unwrap_or(module);
    if let Ok(place) = REMOVED.binary_search_by_key(&top, |(name, _)| name) {
        return Some(Absence::Removed { version: REMOVED[place].1 });
    }
    if is_standard(module) || (is_standard(top) && !inventory.has_module(top)) {
        return Some(Absence::StandardElsewhere);
    }
    if inventory.has_module(top) {
        let parent = module.rsplit_once('.').map_or(module, |(parent, _)| parent);
        // Where the parent's names aren't all known, it may make modules too.
        let is_certain = !inventory.has_module(parent) || inventory.lacks(parent, "\0");
        let candidates = inventory.submodules(top);
        return is_certain.then(|| Absence::Unknown { nearest: nearest(module, candidates) });
    }
    if DISTRIBUTIONS.binary_search(&top).is_ok() {
        return Some(Absence::Package { name: top });
    }
    if top.starts_with('_') || !top.is_ascii() {
        return None;
    }
    let here = inventory.modules().filter(|module| !module.contains('.'));
    let candidates = here.chain(TOP_LEVEL.iter().copied()).chain(DISTRIBUTIONS.iter().copied());
    Some(Absence::Unknown { nearest: nearest(top, candidates) })
}

/// Whether CPython's standard library has a module on some system.
pub(super) fn is_standard(module: &str) -> bool {
    TOP_LEVEL.binary_search(&module).is_ok() || SUBMODULES.binary_search(&module).is_ok()
}

/// Whether a module has a name on other systems.
pub(super) fn is_elsewhere(module: &str, name: &str) -> bool {
    let is_constant = || name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if SYSTEM_CONSTANTS.contains(&module) && is_constant() {
        return true;
    }
    let names = ELSEWHERE.binary_search_by_key(&module, |(module, _)| module);
    names.is_ok_and(|place| ELSEWHERE[place].1.contains(&name))
}
