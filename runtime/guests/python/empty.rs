//! Nothing: this package only names where the guest comes from.
