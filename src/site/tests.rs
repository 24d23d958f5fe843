//! Tests of whole sites.
