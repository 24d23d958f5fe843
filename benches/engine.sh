#!/bin/sh
# How many megabytes per second the expression language of templates reads and renders. At least 100 of plain text,
# and 20 with an expression every 100 bytes, is what it is made for.
set -eu
cd "$(dirname "$0")/.."
cargo run --release --locked --quiet --package callboard-planner --example engine_speed
